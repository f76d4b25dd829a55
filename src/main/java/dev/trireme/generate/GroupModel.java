package dev.trireme.generate;

/** What a group of prompts grows with. */
record GroupModel(CachedModel model, LogitRows logits) {
    static GroupModel of(CachedModel model) {
        return new GroupModel(model, new LogitRows(model));
    }
}
