package dev.trireme.generate;

/** Where to start, and how far to go at most: a source of a translation may leave no room. */
@SuppressWarnings("ArrayRecordComponent") // ids as the engine takes them
record Prompt(int[] ids, int maxNewTokens) {}
