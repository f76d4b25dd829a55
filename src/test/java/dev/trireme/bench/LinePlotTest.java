package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.bench.LinePlot.Line;
import dev.trireme.bench.LinePlot.Point;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class LinePlotTest {
    private static final LinePlot PLOT = new LinePlot(
            "a < b & \"c\"",
            "x",
            "y",
            List.of(
                    new Line("first > 1", 0, false, List.of(new Point(32, 100), new Point(2048, 1000))),
                    new Line("second", 5, true, List.of(new Point(64, 1)))));

    @Test
    void anyTextMakesWellFormedXml() throws Exception {
        assertThat(texts(parse(PLOT.toSvg()))).contains("a < b & \"c\"", "first > 1", "second", "x", "y");
    }

    @Test
    void axesBeginAndEndAtATickAndNameAllBetween() throws Exception {
        assertThat(texts(parse(PLOT.toSvg())))
                .containsSubsequence("32", "64", "128", "256", "512", "1,024", "2,048")
                .containsSubsequence("1", "2", "5", "10", "20", "50", "100", "200", "500", "1,000");
    }

    @Test
    void pointsLieWhereTheirLogarithmsAre() throws Exception {
        NodeList lines = parse(PLOT.toSvg()).getElementsByTagName("polyline");
        assertThat(((Element) lines.item(1)).getAttribute("points")).isEqualTo("70.0,180.0 620.0,70.0");
        assertThat(((Element) lines.item(3)).getAttribute("points")).isEqualTo("161.7,400.0");
    }

    @Test
    void aDashedLineIsDashedInTheLegendTooAndColoursBeginAgain() throws Exception {
        NodeList lines = parse(PLOT.toSvg()).getElementsByTagName("polyline");
        for (int i = 0; i < 4; i++) {
            Element line = (Element) lines.item(i);
            assertThat(line.getAttribute("class")).isEqualTo(i < 2 ? "line c0" : "line c1 dashed");
        }
    }

    @Test
    void oneValueStillHasAnAxis() {
        LogAxis axis = LogAxis.powersOfTwo(DoubleStream.of(64));
        assertThat(axis.ticks()).containsExactly(64.0, 128.0);
        assertThat(LogAxis.oneTwoFive(DoubleStream.of(0.3, 0.4)).ticks()).containsExactly(0.2, 0.5);
        assertThat(axis.share(64 * Math.sqrt(2))).isCloseTo(0.5, within(1e-12));
    }

    @Test
    void whatHasNoLogarithmIsRefused() {
        assertThatThrownBy(() -> LogAxis.oneTwoFive(DoubleStream.of(0, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("values from 0.0 to 1.0 have no logarithm; use numbers above 0");
        assertThatThrownBy(() -> LogAxis.oneTwoFive(DoubleStream.of(Double.NaN, 1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Document parse(String svg) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> texts(Document document) {
        NodeList nodes = document.getElementsByTagName("text");
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            texts.add(nodes.item(i).getTextContent());
        }
        return texts;
    }
}
