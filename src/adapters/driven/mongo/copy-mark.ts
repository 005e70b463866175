/**
 * The document of `migrations` that says that a copy into the store is under way or was broken off. It stands there
 * because everybody reads that collection before using the store: seeing it costs no query of its own. There is one,
 * whose `run` is that of the copy which began last.
 */
export const COPY_MARK = 'unfinished-copy';
