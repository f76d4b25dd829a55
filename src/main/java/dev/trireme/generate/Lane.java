package dev.trireme.generate;

/** What a group of prompts grows with. */
record Lane(CachedModel model, LogitRows logits) {
    static Lane of(CachedModel model) {
        return new Lane(model, new LogitRows(model));
    }
}
