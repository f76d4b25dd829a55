package dev.trireme.bench;

/** Whose costs to measure. */
record CostSetting(String shape, int threads, int microBatchSize, int length) {
    static CostSetting of(PipelineSetting setting) {
        return new CostSetting(setting.shape(), setting.threads(), setting.microBatchSize(), setting.length());
    }
}
