package dev.trireme.serve;

import dev.trireme.generate.Answer;
import dev.trireme.generate.AnswerText;
import dev.trireme.generate.Engine;
import dev.trireme.generate.Handle;
import dev.trireme.generate.Request;
import dev.trireme.generate.RequestListener;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A request on the engine, and the texts of its choices as far as they have come. */
final class TextRun implements RequestListener {
    /** Hears of a run, on a thread of the engine, which it must not keep. */
    interface Follower {
        void piece(int choice, String piece);

        void ended(TextRun run);
    }

    private final Request request;
    private final Follower follower;
    private final List<AnswerText> texts;
    private volatile Optional<Handle> handle = Optional.empty();
    private volatile Optional<Answer> answer = Optional.empty();
    private volatile Optional<Throwable> failure = Optional.empty();

    private TextRun(Request request, ServedModel model, List<String> stop, Follower follower) {
        this.request = request;
        this.follower = follower;
        this.texts = IntStream.range(0, request.options().choices())
                .mapToObj(choice -> new AnswerText(model.tokenizer(), stop, piece -> follower.piece(choice, piece)))
                .toList();
    }

    static TextRun start(Request request, ServedModel model, List<String> stop, Follower follower) {
        Engine engine = model.engine();
        TextRun run = new TextRun(request, model, stop, follower);
        run.handle = Optional.of(engine.submit(request, run));
        return run;
    }

    @Override
    public boolean token(int choice, int id) {
        return texts.get(choice).add(id);
    }

    @Override
    public void finished(Answer given) {
        try {
            texts.forEach(AnswerText::finish);
            answer = Optional.of(given);
        } catch (RuntimeException e) { // of a tokenizer that is closed
            failure = Optional.of(e);
        }
        follower.ended(this);
    }

    @Override
    public void failed(Throwable cause) {
        failure = Optional.of(cause);
        follower.ended(this);
    }

    void cancel() {
        handle.ifPresent(Handle::cancel);
    }

    Request request() {
        return request;
    }

    Optional<Throwable> failure() {
        return failure;
    }

    Answer answer() {
        return answer.orElseThrow();
    }

    String text(int choice) {
        return texts.get(choice).text();
    }
}
