package dev.trireme.plan;

import dev.trireme.cost.HostCosts;
import dev.trireme.schedule.StageCosts;

/** Where the times of a model's parts come from: measured on single stages, or from the rates of a machine. */
interface Costs {
    /** Of a micro-batch of training, and of the end of a step. */
    HostCosts training(int rows, int length, int threads);

    /** Forward only: one more token for each of some rows that each follow so many others. */
    StageCosts decoding(int rows, int context, int threads);
}
