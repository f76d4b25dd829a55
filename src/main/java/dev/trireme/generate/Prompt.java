package dev.trireme.generate;

/** A prompt and its limit of new tokens, which is 0 where the source of a translation leaves no room. */
@SuppressWarnings("ArrayRecordComponent") // ids as the engine takes them
record Prompt(int[] ids, int maxNewTokens) {}
