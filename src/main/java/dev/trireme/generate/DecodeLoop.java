package dev.trireme.generate;

import dev.trireme.batching.BatchCounts;
import dev.trireme.batching.BatchLimits;
import dev.trireme.batching.Branch;
import dev.trireme.batching.Iteration;
import dev.trireme.batching.Job;
import dev.trireme.batching.Scheduler;
import dev.trireme.config.Uninterrupted;
import dev.trireme.parallel.Worker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The loop of a copy of the model: admit, choose, run, sample, emit.
 *
 * <pre>
 *   submit ──▶ Scheduler ──next──▶ Pass ──▶ StageRunner          as many on their way as the scheduler gives
 *                 ▲                            │ events
 *                 └─complete── Course.take ◀───┘                  a token of each text, told to its listener
 * </pre>
 *
 * <p>A request that throws fails alone. A pass that fails ends the loop if another copy can go on with its requests;
 * the last copy begins anew with an empty cache, and only requests that the pass was for have failed.
 */
final class DecodeLoop implements AutoCloseable {
    private final ModelCopy model;
    private final Engine engine;
    private final EndedRequests ended;
    private final int blocks;
    private Scheduler scheduler;
    private final BatchLimits limits;
    private final StageRunner runner;
    private final Worker worker;
    private final Map<Job, Course> courses = new ConcurrentHashMap<>();
    private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
    private final ArrayDeque<Integer> passNumbers = new ArrayDeque<>();
    private final Map<Integer, Pass> flight = new LinkedHashMap<>();
    private volatile boolean alive = true;
    private volatile boolean ending;
    private volatile boolean drains;
    private boolean failing; // a pass failed, and others are still on their way
    private final List<Throwable> failures = new ArrayList<>();
    private final List<Job> failedJobs = new ArrayList<>();
    private final AtomicLong activeNanos = new AtomicLong();
    private volatile long activeSince; // nanoTime; 0 while nothing is on its way

    /** @param devices on which the stages lie in turn */
    DecodeLoop(ModelCopy model, Engine engine, BatchLimits limits, int devices, String name) {
        this.model = model;
        this.engine = engine;
        this.ended = engine.ended();
        this.limits = limits;
        this.blocks = limits.blocks();
        this.scheduler = new Scheduler(limits);
        model.openCache(blocks);
        for (int i = 0; i <= limits.groups() + 1; i++) {
            passNumbers.add(i);
        }
        this.runner = new StageRunner(model, devices, name);
        this.worker = new Worker(name);
        worker.start(this::run);
    }

    boolean isAlive() {
        return alive && !ending;
    }

    boolean isCurrent() {
        return worker.isCurrent();
    }

    /** Takes a request, which runs once the loop is woken. @return false when the loop takes no more requests */
    synchronized boolean submit(Course course) {
        if (!isAlive()) {
            return false;
        }
        scheduler.requireFit(course.job.needs());
        courses.put(course.job, course);
        scheduler.add(course.job);
        return true;
    }

    /** @throws IllegalArgumentException when such a request could never run */
    synchronized void requireFit(Job.Needs needs) {
        scheduler.requireFit(needs);
    }

    /** The loop looks for cancelled requests and new ones. */
    void wake() {
        events.add(() -> {});
    }

    synchronized int waiting() {
        return scheduler.waiting();
    }

    /** Tokens that would be run before a text of that beginning were done. */
    synchronized long workWith(Branch text) {
        return scheduler.work() - scheduler.shared(text);
    }

    /** @param finishing whether what was asked for is done before */
    synchronized void end(boolean finishing) {
        drains = finishing;
        ending = true;
        wake();
    }

    EngineMetrics.Copy metrics() {
        BatchCounts counts;
        synchronized (this) {
            counts = scheduler.counts();
        }
        long since = activeSince;
        long active = activeNanos.get() + (since == 0 ? 0 : System.nanoTime() - since);
        List<Long> idle = runner.busyNanos().stream()
                .map(busy -> Math.max(0, active - busy))
                .toList();
        return new EngineMetrics.Copy(alive, counts, active, idle, model.weightBytes());
    }

    private void run() {
        try {
            Uninterrupted.await(events::take).run(); // requests that come at once run at once
            while (goesOn()) {
                if (failing || (ending && !drains) || !startNext()) {
                    Uninterrupted.await(events::take).run();
                }
                for (Runnable event = events.poll(); event != null; event = events.poll()) {
                    event.run();
                }
            }
            failAll(engine.closedMeanwhile());
        } catch (RuntimeException | Error e) {
            engine.broke(e);
            failAll(engine.whyNone());
        } finally {
            runner.close();
            model.closeCache();
        }
    }

    private boolean goesOn() {
        dropCancelled(); // or a loop that drains would wait for an event of a request that is none any more
        return !ending || (drains && !courses.isEmpty()) || !flight.isEmpty();
    }

    private void dropCancelled() {
        for (Course course : List.copyOf(courses.values())) {
            if (course.isCancelled()) {
                drop(course);
                ended.fail(course, Course.cancellation());
            }
        }
    }

    private void drop(Course course) {
        courses.remove(course.job);
        scheduler.remove(course.job);
    }

    /** @return whether a pass was started */
    private boolean startNext() {
        Optional<Iteration> next = next();
        if (next.isEmpty()) {
            return false;
        }
        if (flight.isEmpty()) {
            activeSince = System.nanoTime();
        }
        Pass pass = new Pass(passNumbers.remove(), next.get(), engine.config().model());
        flight.put(pass.number, pass);
        int begin = 0;
        for (Iteration.Span span : pass.iteration.spans()) {
            pass.ask(questions(span), begin);
            pass.askHidden(hiddenRows(span), begin);
            begin += span.count();
        }
        runner.start(pass, this::passEnded);
        return true;
    }

    /** An iteration without the requests that were cancelled before. */
    private Optional<Iteration> next() {
        while (true) {
            dropCancelled();
            synchronized (this) { // no request comes between the look and the choice
                if (courses.values().stream().noneMatch(Course::isCancelled)) {
                    return scheduler.next();
                }
            }
        }
    }

    /** On the thread of a device. */
    private void passEnded(Pass pass, List<Throwable> failure) {
        events.add(() -> complete(pass, failure));
    }

    private List<Course.Question> questions(Iteration.Span span) {
        Course course = courses.get(span.job());
        if (course == null) {
            return List.of();
        }
        try {
            return course.questions(span);
        } catch (Throwable e) { // of masks that the caller makes
            drop(course);
            ended.fail(course, e);
            return List.of();
        }
    }

    private int hiddenRows(Iteration.Span span) {
        Course course = courses.get(span.job());
        return course == null ? 0 : course.hiddenRows(span);
    }

    private void complete(Pass pass, List<Throwable> failure) {
        flight.remove(pass.number);
        passNumbers.add(pass.number);
        if (flight.isEmpty()) {
            activeNanos.addAndGet(System.nanoTime() - activeSince);
            activeSince = 0;
        }
        if (!failure.isEmpty() || failing) {
            fail(pass, failure);
            return;
        }
        scheduler.complete(pass.iteration);
        long now = System.nanoTime();
        for (Map.Entry<Job, List<Integer>> entry : spansOf(pass.iteration).entrySet()) {
            Course course = courses.get(entry.getKey());
            if (course != null && !course.isCancelled()) {
                take(course, pass, entry.getValue(), now);
            }
        }
    }

    private static Map<Job, List<Integer>> spansOf(Iteration iteration) {
        Map<Job, List<Integer>> spans = new LinkedHashMap<>();
        for (int i = 0; i < iteration.spans().size(); i++) {
            spans.computeIfAbsent(iteration.spans().get(i).job(), job -> new ArrayList<>())
                    .add(i);
        }
        return spans;
    }

    private void take(Course course, Pass pass, List<Integer> indices, long now) {
        try {
            List<Iteration.Span> spans =
                    indices.stream().map(pass.iteration.spans()::get).toList();
            List<Course.Outcome> outcomes = indices.stream().map(pass::outcome).toList();
            if (course.take(spans, outcomes, scheduler, now)) {
                drop(course);
                ended.finish(course);
            }
        } catch (Throwable e) { // of a listener, or logits that are not finite
            drop(course);
            ended.fail(course, e);
        }
    }

    /** Waits for the passes that are on their way; then what they were for fails, or goes on on another copy. */
    private void fail(Pass pass, List<Throwable> failure) {
        failing = true;
        failures.addAll(failure);
        failedJobs.addAll(spansOf(pass.iteration).keySet());
        if (!flight.isEmpty()) {
            return;
        }
        failing = false;
        if (engine.retire(this, failures.get(0))) {
            moveAll();
            return;
        }
        Throwable cause = failures.get(0); // later ones may be due to it
        failures.subList(1, failures.size()).stream()
                .filter(other -> other != cause)
                .forEach(cause::addSuppressed);
        for (Job job : failedJobs) {
            Course course = courses.remove(job);
            if (course != null) {
                ended.fail(course, cause);
            }
        }
        failedJobs.clear();
        failures.clear();
        beginAnew();
    }

    /** No request comes any more; those that are there go to other copies. */
    synchronized void stopTaking() {
        alive = false;
        ending = true;
    }

    private void moveAll() {
        List<Job> left;
        synchronized (this) {
            left = scheduler.abandon();
        }
        for (Job job : left) {
            Course course = courses.remove(job);
            if (course != null) {
                engine.move(course);
            }
        }
        engine.wake();
    }

    private synchronized void beginAnew() {
        List<Job> left = scheduler.abandon();
        model.openCache(blocks);
        scheduler = new Scheduler(limits);
        left.stream().filter(courses::containsKey).forEach(scheduler::add);
    }

    private void failAll(Throwable cause) {
        synchronized (this) {
            alive = false;
        }
        List<Course> left = List.copyOf(courses.values());
        courses.clear();
        left.forEach(course -> ended.fail(course, cause));
    }

    /** Waits for the end of the loop. */
    @Override
    public void close() {
        worker.close();
    }
}
