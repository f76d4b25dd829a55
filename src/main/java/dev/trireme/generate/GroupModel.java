package dev.trireme.generate;

/** Model view and logits buffer of one decode group. */
record GroupModel(CachedModel model, LogitRows logits) {
    static GroupModel of(CachedModel model) {
        return new GroupModel(model, new LogitRows(model));
    }
}
