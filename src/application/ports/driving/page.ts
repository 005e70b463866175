export interface PageRequest {
  /** 1 to 100. */
  readonly limit: number;
  /** The cursor of the page before: what follows it in the order of the list. */
  readonly after: string | null;
}

/** Newest first. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** The cursor to ask the next page with; null on the last page. */
  readonly next: string | null;
}
