/** The cheapest hashing that argon2 allows, with a queue that no test fills. For tests that do not measure hashing. */
export const cheapHashing = {
  memoryCost: 1024,
  timeCost: 1,
  parallelism: 1,
  waiting: 10_000,
  patience: 60_000,
} as const;
