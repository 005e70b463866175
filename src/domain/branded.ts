/**
 * Text that went through the rule of its kind: only that rule's `parse…` function makes one. The mark is for the
 * compiler alone; at run time it is a plain string.
 */
export type Branded<Kind extends string> = string & { readonly __kind: Kind };
