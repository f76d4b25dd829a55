package dev.trireme.generate;

import dev.trireme.batching.BatchLimits;
import dev.trireme.batching.BlockKey;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Uninterrupted;
import dev.trireme.engine.Stage;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;

/**
 * Answers requests that come at any time, from any number of threads, on one copy of a model or several, each of one
 * stage or several. Requests that are under way at the same time are computed together; one that comes meanwhile joins
 * them within an iteration. The same request gets the same bits whatever else runs.
 *
 * <pre>{@code
 * try (Engine engine = Engine.open(folder, EngineConfig.of(GenerationLayout.single("cpu", 0), Weights.FLOAT32))) {
 *     Handle handle = engine.submit(Request.of(ids, GenerateOptions.upTo(100)), RequestListener.NONE);
 *     Answer answer = handle.await();
 * }
 * }</pre>
 */
public final class Engine implements AutoCloseable {
    /** What becomes of requests when an engine is closed. */
    public enum Ending {
        /** They are answered before; new ones are refused at once. */
        DRAIN,
        /** They fail. */
        CANCEL
    }

    private final HuggingFaceConfig config;
    private final EngineConfig settings;
    private final List<Stage> stages;
    private final List<ModelCopy> copies;
    private final LoadedAdapters adapters;
    private final List<DecodeLoop> loops = new ArrayList<>();
    private final int[] ends;
    private final EndedRequests ended = new EndedRequests();
    private final Object admission = new Object(); // who counts what waits adds to it before another counts
    private final CountDownLatch freed = new CountDownLatch(1);
    private volatile Optional<Throwable> lastFailure = Optional.empty();
    private boolean closed; // guarded by this

    /** @param stages of the first copy; empty for a fake */
    Engine(List<ModelCopy> copies, HuggingFaceConfig config, EngineConfig settings, List<Stage> stages) {
        this(copies, config, settings, stages, LoadedAdapters.NONE);
    }

    private Engine(
            List<ModelCopy> copies,
            HuggingFaceConfig config,
            EngineConfig settings,
            List<Stage> stages,
            LoadedAdapters adapters) {
        this.adapters = adapters;
        this.copies = List.copyOf(copies);
        this.config = config;
        this.settings = settings;
        this.stages = List.copyOf(stages);
        this.ends = config.specialTokens().ends().stream()
                .mapToInt(Integer::intValue)
                .toArray();
        int devices = settings.layout().pipeline().stages();
        try {
            for (ModelCopy copy : copies) {
                BatchLimits limits = settings.limits(copy, config.model());
                loops.add(new DecodeLoop(copy, this, limits, devices, "trireme copy " + loops.size()));
            }
        } catch (RuntimeException | Error e) {
            loops.forEach(loop -> loop.end(false));
            loops.forEach(DecodeLoop::close);
            throw e;
        }
    }

    /**
     * Loads a model.
     *
     * @param folder in Hugging Face layout
     * @param settings how it runs
     * @return the engine, which the caller closes
     * @throws BadInputException when a file is not what it should be
     * @throws IllegalArgumentException when the model cannot be cut as the layout says, a device is not there, or weights
     *     and cache do not fit into its memory
     */
    public static Engine open(Path folder, EngineConfig settings) {
        NullChecks.require("folder", folder, "settings", settings);
        try (HuggingFaceFolder files = HuggingFaceFolder.open(folder)) {
            return open(files, settings);
        }
    }

    /**
     * Loads a model of a folder that is open already.
     *
     * @param folder which the caller closes, and may as soon as the engine is there
     * @param settings how it runs
     * @return the engine, which the caller closes
     * @throws BadInputException when a file can no longer be read, or an adapter is of another model
     * @throws IllegalArgumentException as {@link #open(Path, EngineConfig)}
     */
    public static Engine open(HuggingFaceFolder folder, EngineConfig settings) {
        NullChecks.require("folder", folder, "settings", settings);
        settings.adapters().values().forEach(folder::requireBaseOf);
        List<Stage> stages = LoadedStages.load(folder, settings.layout(), settings.weights());
        try {
            return of(stages, folder.config(), settings, true);
        } catch (RuntimeException | Error e) {
            stages.forEach(Stage::close);
            throw e;
        }
    }

    /**
     * An engine on stages whose weights are set.
     *
     * @param stages all layers of the first copy in order, then those of the second, and so on
     * @param config what the model is
     * @param settings how it runs
     * @param owned whether {@link #close} closes the stages; else they outlive the engine
     * @return the engine, which the caller closes
     * @throws IllegalArgumentException when the layout has another number of stages, or the cache does not fit
     */
    public static Engine of(List<Stage> stages, HuggingFaceConfig config, EngineConfig settings, boolean owned) {
        NullChecks.require("stages", stages, "config", config, "settings", settings);
        GenerationLayout layout = settings.layout();
        int ofCopy = layout.pipeline().stagesOfModel();
        if (stages.size() != ofCopy * layout.worldSize()) {
            throw new IllegalArgumentException(stages.size() + " stages are not " + layout.worldSize() + " times "
                    + ofCopy + "; give all stages of all copies");
        }
        List<ModelCopy> copies = new ArrayList<>();
        for (int first = 0; first < stages.size(); first += ofCopy) {
            copies.add(new EngineCopy(stages.subList(first, first + ofCopy), settings.cacheType(), owned));
        }
        LoadedAdapters adapters = LoadedAdapters.load(settings.adapters(), config.model(), stages);
        try {
            return new Engine(copies, config, settings, stages.subList(0, ofCopy), adapters);
        } catch (RuntimeException | Error e) {
            adapters.close();
            throw e;
        }
    }

    /**
     * The adapters that requests may name.
     *
     * @return their names, in order
     */
    public List<String> adapters() {
        return adapters.names();
    }

    /**
     * The model's configuration.
     *
     * @return sizes and special tokens
     */
    public HuggingFaceConfig config() {
        return config;
    }

    /** Of the first copy. */
    List<Stage> stages() {
        return stages;
    }

    int vocabulary() {
        return config.model().vocabulary();
    }

    /**
     * Asks for something. Returns at once.
     *
     * @param request what for
     * @param listener told what becomes of it
     * @return the request under way
     * @throws EngineBusyException when as many requests wait already as may
     * @throws IllegalArgumentException when a prompt and its new tokens are more than the model's positions, an id is out
     *     of range, the text takes more blocks than the cache has, or there is no such adapter
     * @throws IllegalStateException when the engine is closed
     */
    public Handle submit(Request request, RequestListener listener) {
        NullChecks.require("request", request, "listener", listener);
        Course course = course(request, listener);
        boolean taken;
        synchronized (admission) {
            int waiting = loops.stream().mapToInt(DecodeLoop::waiting).sum();
            if (waiting >= settings.queue()) {
                throw new EngineBusyException(waiting);
            }
            taken = place(course);
        }
        if (!taken) {
            ended.fail(course, whyNone());
        }
        wake();
        return new Handle(course, this);
    }

    /** As {@link #submit}, however many wait, and to run from {@link #wake} on: requests may come at once. */
    Handle start(Request request, RequestListener listener) {
        Course course = course(request, listener);
        move(course);
        return new Handle(course, this);
    }

    private Course course(Request request, RequestListener listener) {
        requireOpen("generate");
        Limits.require(request, config.model());
        int adapter = adapters.number(request.adapter());
        BlockKey key = BlockKey.root(String.join(
                "\n", toString(), settings.weights() + " " + settings.cacheType(), "" + adapter, request.salt()));
        Course.Root root = new Course.Root(key, adapter);
        Course course = request.options().beams() > 1
                ? new BeamSearch(request, listener, root, ends)
                : new Samples(request, listener, root, ends);
        loops.forEach(loop -> loop.requireFit(course.job.needs()));
        return course;
    }

    /** Gives a request to a copy, or fails it. */
    void move(Course course) {
        if (!place(course)) {
            ended.fail(course, whyNone());
        }
    }

    /**
     * Gives a request to the copy with the least to run; what it has of the text already does not count.
     *
     * @return false when no copy takes requests
     */
    private boolean place(Course course) {
        for (boolean taken = false; !taken; ) {
            Optional<DecodeLoop> least = loops.size() == 1
                    ? loops.stream().filter(DecodeLoop::isAlive).findFirst()
                    : loops.stream()
                            .filter(DecodeLoop::isAlive)
                            .min(Comparator.comparingLong(
                                    loop -> loop.workWith(course.job.branches().get(0))));
            if (least.isEmpty()) {
                return false;
            }
            taken = least.get().submit(course);
        }
        return true;
    }

    /** Takes a copy out of use if another one lives: of two that fail at the same time, one stays. */
    synchronized boolean retire(DecodeLoop failed, Throwable cause) {
        boolean hasOther = loops.stream().anyMatch(loop -> loop != failed && loop.isAlive());
        if (hasOther) {
            broke(cause);
            failed.stopTaking();
        }
        return hasOther;
    }

    /**
     * Asks for something and waits for it.
     *
     * @param request what for
     * @return the answer
     * @throws IllegalStateException also when a callback of this engine asks, which would wait for ever
     * @throws RuntimeException as {@link #submit} and {@link Handle#await}
     */
    public Answer answer(Request request) {
        Objects.requireNonNull(request, "request");
        return submit(request, RequestListener.NONE).await();
    }

    /**
     * A request whose tokens a subscriber takes at its own speed. Each subscription is a request of its own.
     *
     * @param request with a single choice
     * @return publishes ids; cancelling a subscription ends the request
     */
    public Flow.Publisher<Integer> publish(Request request) {
        Objects.requireNonNull(request, "request");
        return new TokenPublisher(this, request);
    }

    /**
     * What was done, and is done now.
     *
     * @return a snapshot
     */
    public EngineMetrics metrics() {
        return ended.metrics(loops.stream().map(DecodeLoop::metrics).toList());
    }

    /** Ends its requests, and counts them. */
    EndedRequests ended() {
        return ended;
    }

    /** @throws IllegalStateException on a thread of the engine, whose waiting would be for itself */
    void requireOtherThread(String action) {
        if (loops.stream().anyMatch(DecodeLoop::isCurrent)) {
            throw new IllegalStateException(this + " cannot " + action
                    + ": a callback of its own asks for it, which would wait for ever; do it when that call has"
                    + " returned, or with another one");
        }
    }

    synchronized void requireOpen(String action) {
        if (closed) {
            throw new IllegalStateException(this + " is closed; open a new one to " + action);
        }
    }

    /** Remembers why a copy can do no more. */
    void broke(Throwable cause) {
        lastFailure = Optional.of(cause);
    }

    synchronized IllegalStateException whyNone() {
        return closed
                ? closedMeanwhile()
                : new IllegalStateException(
                        this + " has no working copy left; open a new one", lastFailure.orElse(null));
    }

    IllegalStateException closedMeanwhile() {
        return new IllegalStateException(this + " was closed during generation; open a new one to do it again");
    }

    void wake() {
        loops.forEach(DecodeLoop::wake);
    }

    /** As {@link #close(Ending)} with {@link Ending#CANCEL}. */
    @Override
    public void close() {
        close(Ending.CANCEL);
    }

    /**
     * Refuses new requests, waits for those under way to end, and frees the model. A second call waits only. Called by a
     * callback of the engine, it returns at once, and all that happens afterwards.
     *
     * @param ending what becomes of requests under way
     */
    public void close(Ending ending) {
        Objects.requireNonNull(ending, "ending");
        boolean first;
        synchronized (this) {
            first = !closed;
            closed = true;
        }
        if (first) {
            loops.forEach(loop -> loop.end(ending == Ending.DRAIN));
        }
        boolean own = loops.stream().anyMatch(DecodeLoop::isCurrent);
        if (first && own) {
            Thread closer = new Thread(this::free, "trireme closer");
            closer.setDaemon(true);
            closer.start();
        } else if (first) {
            free();
        } else if (!own) {
            Uninterrupted.await(() -> {
                freed.await();
                return true;
            });
        }
    }

    private void free() {
        try {
            loops.forEach(DecodeLoop::close);
            adapters.close();
            copies.forEach(ModelCopy::close);
        } finally {
            freed.countDown();
        }
    }

    @Override
    public String toString() {
        ModelConfig model = config.model();
        return "language model of " + model.layers() + " layers of width " + model.hidden();
    }
}
