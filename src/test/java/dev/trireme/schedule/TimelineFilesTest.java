package dev.trireme.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class TimelineFilesTest {
    private static final String TITLE = "a \"b\" \\ <c> & d\n\u0001";
    private static final Timeline THEORY = run(Schedules.zeroBubble(3, 2), 1.5e-3, 0);
    private static final Timeline MEASURED = run(Schedules.interleaved(2, 2, 2), 2e-3, 1_000_000_000_123L);

    @Test
    void chartIsXmlWithABoxForEachTask() throws Exception {
        Document svg = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(TimelineSvg.draw(TITLE, THEORY, MEASURED))));
        List<String> tips = texts(svg.getElementsByTagName("title"));
        assertThat(tips)
                .hasSize(THEORY.events().size() + MEASURED.events().size())
                .contains(
                        "forward of micro-batch 0 at stage 0: 0.000 to 1.500 ms",
                        "backward of micro-batch 1 at stage 3: 14.000 to 18.000 ms");
        assertThat(texts(svg.getElementsByTagName("text")))
                .contains(
                        "a \"b\" \\ <c> & d  ",
                        "in theory: 15.00 ms, bubble 10.0 %",
                        "measured: 30.00 ms, bubble 20.0 %",
                        "device 1",
                        "weights",
                        "5 ms");
    }

    @Test
    void traceIsJsonWithAnEventForEachTask() throws Exception {
        JsonNode events = new ObjectMapper()
                .readTree(ChromeTrace.write(TITLE, THEORY, MEASURED))
                .get("traceEvents");
        List<JsonNode> tasks = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (JsonNode event : events) {
            if (event.get("ph").textValue().equals("X")) {
                tasks.add(event);
            } else {
                names.add(event.get("pid") + "." + event.get("tid") + " "
                        + event.get("args").get("name").textValue());
            }
        }
        assertThat(names)
                .containsExactly(
                        "0.0 " + TITLE + ", in theory",
                        "0.0 device 0",
                        "0.1 device 1",
                        "1.0 " + TITLE + ", measured",
                        "1.0 device 0",
                        "1.1 device 1");
        assertThat(tasks)
                .hasSize(THEORY.events().size() + MEASURED.events().size())
                .contains(new ObjectMapper().readTree("""
                        {"ph": "X", "name": "B1.1", "cat": "backward", "pid": 1, "tid": 1, "ts": 14000.0, "dur": 4000.0,
                         "args": {"stage": 3, "micro_batch": 1}}"""));
    }

    /** With forward, input and weight gradients of one time; from a start on. */
    private static Timeline run(Schedule schedule, double seconds, long start) {
        Cost cost = new Cost(seconds, seconds, seconds);
        Timeline timeline = Simulation.run(schedule, Collections.nCopies(schedule.stages(), cost));
        return new Timeline(
                timeline.devices(),
                timeline.events().stream()
                        .map(event -> new TimelineEvent(
                                event.device(),
                                event.stage(),
                                event.kind(),
                                event.microBatch(),
                                start + event.startNanos(),
                                start + event.endNanos()))
                        .toList());
    }

    private static List<String> texts(NodeList nodes) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            texts.add(nodes.item(i).getTextContent());
        }
        return texts;
    }
}
