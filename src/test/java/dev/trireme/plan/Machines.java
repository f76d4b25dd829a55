package dev.trireme.plan;

/** Machines for tests. */
final class Machines {
    private Machines() {}

    /** Hosts of cores that keep half of their rate while all compute, and of 10 GB. */
    static Machine cpu(int hosts, int cores) {
        Machine.Memory memory = new Machine.Memory(figure(1e10), figure(0), figure(1e10), figure(1), figure(0.5));
        Machine.Gemm gemm = new Machine.Gemm(figure(1e11), figure(1e11), figure(1e11), figure(1), figure(0.5));
        Link link = new Link(figure(1e9), figure(1e-5));
        return new Machine("cores", "cpu", 0, hosts, cores, memory, gemm, figure(0), figure(1e-5), link, link);
    }

    private static Figure figure(double value) {
        return new Figure(value, "a test");
    }
}
