/** What a driving adapter calls: one thing a caller can ask for. */
export interface UseCase<Input, Output> {
  execute(input: Input): Promise<Output>;
}
