/**
 * The document of `migrations` that says that a copy into the store is under way or was broken off. It stands there
 * because everybody reads that collection before using the store: seeing it costs no query of its own. Its `run` is
 * another for each copy; there is one document, whatever the copy, so that each of its changes meets all others.
 */
export const COPY_MARK = 'unfinished-copy';
