package dev.trireme.plan;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import dev.trireme.schedule.Sharing;
import java.util.Optional;

/**
 * Devices as figures: all that a prediction knows about where it would run. Figures are per device, and those of the
 * data sheet; what programs reach of them is a figure of its own.
 *
 * <pre>
 *   host 0   device 0 ══ device 1 ══ …     deviceLink
 *               │
 *            hostLink
 *               │
 *   host 1   device 0 ══ device 1 ══ …
 * </pre>
 *
 * @param name what it is called, such as {@code v100-16gb}
 * @param processor {@code cuda}, or {@code cpu}, whose device is a core
 * @param computeCapability of a GPU, 10 × major + minor: 70 is sm_70; 0 for a CPU
 * @param hosts how many, all alike
 * @param devicesPerHost how many compute at once on each; on a CPU, more than these take turns
 * @param memory of a device; of a CPU, all that its cores share
 * @param gemm rates of matrix products
 * @param operatorSeconds the least that one operator takes, such as the launch of a kernel
 * @param taskSeconds what a task takes besides its operators: the call from Java, waking a thread
 * @param deviceLink between devices of a host
 * @param hostLink between hosts, for one device's traffic while all send
 */
public record Machine(
        String name,
        String processor,
        int computeCapability,
        int hosts,
        int devicesPerHost,
        Memory memory,
        Gemm gemm,
        Figure operatorSeconds,
        Figure taskSeconds,
        Link deviceLink,
        Link hostLink) {
    /** The oldest GPUs that the presets of libtorch have kernels for. */
    public static final int OLDEST_COMPUTE_CAPABILITY = 75;

    private static final int MOST_DEVICES = 4096;
    private static final double MOST_BYTES = 1e15; // a thousand times what any device has
    private static final double MOST_FLOPS = 1e19;
    private static final double MOST_DELAY = 10;

    /**
     * Memory of a device.
     *
     * @param bytes its size
     * @param reservedBytes what drivers, libraries and the runtime take of them
     * @param bytesPerSecond its bandwidth
     * @param achieved the share of it that kernels reach
     * @param busy the share of that which a device keeps while all of its host compute: 1 where each has its own
     */
    public record Memory(Figure bytes, Figure reservedBytes, Figure bytesPerSecond, Figure achieved, Figure busy) {
        /** Nothing may be missing. */
        public Memory {
            NullChecks.require("bytes", bytes, "reservedBytes", reservedBytes, "bytesPerSecond", bytesPerSecond);
            NullChecks.require("achieved", achieved, "busy", busy);
            share("memory.achieved", achieved);
            share("memory.busy", busy);
        }

        /**
         * What a model may take.
         *
         * @return bytes
         */
        public long usable() {
            return (long) Math.max(0, bytes.value() - reservedBytes.value());
        }
    }

    /**
     * Rates of matrix products, in FLOP/s, where a multiplication and an addition are two.
     *
     * @param float32 of float32 products as this version computes them: without TF32
     * @param bfloat16 with sums in float32
     * @param float16 with sums in float32
     * @param achieved the share of them that products of a transformer reach
     * @param busy the share of that which a device keeps while all of its host compute
     */
    public record Gemm(Figure float32, Figure bfloat16, Figure float16, Figure achieved, Figure busy) {
        /** Nothing may be missing. */
        public Gemm {
            NullChecks.require("float32", float32, "bfloat16", bfloat16, "float16", float16);
            NullChecks.require("achieved", achieved, "busy", busy);
            share("gemm.achieved", achieved);
            share("gemm.busy", busy);
        }

        /**
         * Of a type.
         *
         * @param type of the factors
         * @return FLOP/s of the data sheet
         */
        public Figure of(NumberType type) {
            NullChecks.require("type", type);
            return switch (type) {
                case FLOAT32 -> float32;
                case BFLOAT16 -> bfloat16;
                case FLOAT16 -> float16;
            };
        }
    }

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public Machine {
        NullChecks.require("name", name, "processor", processor, "memory", memory, "gemm", gemm);
        NullChecks.require("operatorSeconds", operatorSeconds, "taskSeconds", taskSeconds);
        NullChecks.require("deviceLink", deviceLink, "hostLink", hostLink);
        Requirements.that(!name.isBlank(), "name", "empty", "a name");
        Requirements.that(processor.equals("cuda") || processor.equals("cpu"), "processor", processor, "cuda or cpu");
        Requirements.within("compute_capability", computeCapability, processor.equals("cuda") ? 30 : 0, 200);
        Requirements.within("hosts", hosts, 1, MOST_DEVICES);
        Requirements.within("devices_per_host", devicesPerHost, 1, MOST_DEVICES);
        Requirements.within("hosts × devices_per_host", (long) hosts * devicesPerHost, 1, MOST_DEVICES);
        within("memory.bytes", memory.bytes, MOST_BYTES);
        within("memory.bytes_per_second", memory.bytesPerSecond, MOST_BYTES);
        within("gemm.float32", gemm.float32, MOST_FLOPS);
        within("gemm.bfloat16", gemm.bfloat16, MOST_FLOPS);
        within("gemm.float16", gemm.float16, MOST_FLOPS);
        within("device_link.bytes_per_second", deviceLink.bytesPerSecond(), MOST_BYTES);
        within("host_link.bytes_per_second", hostLink.bytesPerSecond(), MOST_BYTES);
        delay("operator_seconds", operatorSeconds);
        delay("task_seconds", taskSeconds);
        delay("device_link.latency_seconds", deviceLink.latencySeconds());
        delay("host_link.latency_seconds", hostLink.latencySeconds());
    }

    /**
     * How many devices there are.
     *
     * @return those of all hosts
     */
    public int devices() {
        return hosts * devicesPerHost;
    }

    /**
     * Whether its devices are GPUs.
     *
     * @return false for the cores of a CPU
     */
    public boolean hasGpus() {
        return processor.equals("cuda");
    }

    /**
     * As many of such devices as somebody has: some of one host, or whole hosts.
     *
     * @param count of devices
     * @return the changed copy
     * @throws IllegalArgumentException when the last host would not be full, or there are more than 4096
     */
    public Machine withDevices(int count) {
        Requirements.within("devices", count, 1, MOST_DEVICES);
        if (count <= devicesPerHost) {
            return with(1, count);
        }
        Requirements.that(
                count % devicesPerHost == 0,
                "devices of " + name,
                count,
                "up to " + devicesPerHost + ", or a multiple of " + devicesPerHost + " for whole hosts");
        return with(count / devicesPerHost, devicesPerHost);
    }

    /** The same devices, at most so many on each host. */
    Machine onHostsOf(int most) {
        return with(hosts, most);
    }

    /**
     * The link between two devices, numbered host by host.
     *
     * @param from a device
     * @param to another
     * @return within their host, or between their hosts
     */
    public Link link(int from, int to) {
        return from / devicesPerHost == to / devicesPerHost ? deviceLink : hostLink;
    }

    /** Between stages that follow each other: those of a rank are next to each other, host by host. */
    Link neighbour(int stages) {
        return stages > devicesPerHost ? hostLink : deviceLink;
    }

    /**
     * Ranks of the fullest host. Those of GPUs fill one host after the other, those of CPUs share all hosts evenly; a
     * generation that fits on one host has all its copies there.
     */
    int ranksOfHost(boolean trains, int ranks, int stages) {
        boolean oneHost = hasGpus() || !trains;
        return oneHost && ranks * stages <= devicesPerHost ? ranks : (ranks + hosts - 1) / hosts;
    }

    /** How tasks of some threads slow each other down on a host of a CPU. */
    Sharing sharing(int ranksOfHost, int threads) {
        return new Sharing(Math.max(1, devicesPerHost / threads), ranksOfHost);
    }

    /**
     * Why this version cannot run something there.
     *
     * @param type of the weights
     * @param training or else generation
     * @return the reason; empty where it can
     */
    public Optional<String> cannotRun(NumberType type, boolean training) {
        NullChecks.require("type", type);
        if (hasGpus() && computeCapability < OLDEST_COMPUTE_CAPABILITY) {
            return Optional.of("sm_" + computeCapability + " is older than sm_" + OLDEST_COMPUTE_CAPABILITY
                    + ", the oldest that its libtorch has kernels for");
        }
        if (type == NumberType.FLOAT16) {
            return Optional.of("it has no float16");
        }
        return type == NumberType.BFLOAT16 && training ? Optional.of("it trains in float32 only") : Optional.empty();
    }

    /**
     * Why this version cannot spread something so: stages of a pipeline are threads of one process, and so are all copies
     * of a generation. The stages of one CPU take turns.
     */
    Optional<String> cannotHold(boolean training, Layout layout) {
        int stages = layout.pipeline().stages();
        if (!hasGpus() && hosts == 1) {
            return Optional.empty();
        }
        if (stages > devicesPerHost) {
            return Optional.of("all stages of a pipeline are in one process, and " + stages + " are more than the "
                    + devicesPerHost + " devices of a host");
        }
        return training || layout.devices() <= devicesPerHost
                ? Optional.empty()
                : Optional.of("all copies of a generation are in one process, and " + layout.devices()
                        + " devices are more than the " + devicesPerHost + " of a host");
    }

    private Machine with(int newHosts, int newDevices) {
        return new Machine(
                name,
                processor,
                computeCapability,
                newHosts,
                newDevices,
                memory,
                gemm,
                operatorSeconds,
                taskSeconds,
                deviceLink,
                hostLink);
    }

    private static void within(String key, Figure figure, double most) {
        Requirements.that(
                figure.value() > 0 && figure.value() <= most, key, figure.value(), "a number above 0, up to " + most);
    }

    private static void delay(String key, Figure figure) {
        Requirements.that(figure.value() <= MOST_DELAY, key, figure.value(), "seconds, up to " + MOST_DELAY);
    }

    private static void share(String key, Figure figure) {
        Requirements.that(figure.value() > 0 && figure.value() <= 1, key, figure.value(), "a share above 0, up to 1");
    }
}
