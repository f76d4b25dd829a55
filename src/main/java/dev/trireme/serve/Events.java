package dev.trireme.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Server-sent events of one answer: those who know of them add them and go on; the thread of the connection makes and
 * writes them. A comment now and then keeps proxies from cutting a stream that waits.
 */
final class Events {
    private static final Supplier<JsonNode> END = MissingNode::getInstance;
    private static final String LAST = "data: [DONE]\n\n";
    private static final String COMMENT = ": waiting\n\n";
    private static final int MOST = 1 << 15; // events; a reader this far behind will not catch up
    private static final int SECONDS = 10;

    private final Runnable onTooMany;
    private volatile Supplier<ObjectNode> last = () -> {
        throw new IllegalStateException("the events have not ended");
    };
    private final BlockingQueue<Supplier<? extends JsonNode>> waiting = new LinkedBlockingQueue<>();

    /** @param onTooMany called when the reader is so slow that the answer is given up */
    Events(Runnable onTooMany) {
        this.onTooMany = onTooMany;
    }

    /** @param event asked for when it is written */
    void add(Supplier<? extends JsonNode> event) {
        waiting.add(event);
        if (waiting.size() > MOST) {
            onTooMany.run();
        }
    }

    /** @param event after which no other follows */
    void end(Supplier<ObjectNode> event) {
        last = event;
        waiting.add(END);
    }

    /**
     * Writes until the end.
     *
     * @param ends what is written of the last event
     * @throws IOException when nobody listens any more
     */
    void writeTo(Exchange exchange, Function<ObjectNode, List<ObjectNode>> ends)
            throws IOException, InterruptedException {
        Supplier<? extends JsonNode> event = waiting.poll(SECONDS, TimeUnit.SECONDS);
        while (event != END) {
            exchange.write(event == null ? COMMENT : data(event.get()));
            event = waiting.poll(SECONDS, TimeUnit.SECONDS);
        }
        String all = ends.apply(last.get()).stream().map(Events::data).collect(Collectors.joining());
        exchange.write(all + LAST);
        exchange.end();
    }

    static String data(JsonNode event) {
        return "data: " + event + "\n\n";
    }
}
