declare const brand: unique symbol;

/** Text that went through the rule of its kind: only that rule's `parse…` function makes one. */
export type Branded<Kind extends string> = string & { readonly [brand]: Kind };
