package dev.trireme.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Figures of papers from their machines; all rows are left in {@code target/papers.txt}. */
@Timeout(300)
class PapersIT {
    @Test
    void figuresOfPapersAreSimulatedWithTheirDifference() throws IOException {
        List<PaperRow> gPipe = TorchGPipePaper.rows();
        List<PaperRow> zeroBubble = ZeroBubblePaper.rows();
        List<PaperRow> interleaving = InterleavingPapers.rows();
        List<String> table = Stream.of(gPipe, zeroBubble, interleaving)
                .flatMap(List::stream)
                .map(PaperRow::line)
                .toList();
        Files.write(Path.of("target", "papers.txt"), table);
        String all = String.join("\n", table);
        assertThat(zeroBubble.stream().filter(row -> row.name().endsWith("bubble %")))
                .as(all)
                .hasSize(5)
                .allSatisfy(row -> assertThat(row.simulated()).isCloseTo(row.paper(), offset(0.1)));
        // rows of torchgpipe and torchtitan that are within reach; n 4 and m 32 are not
        assertThat(gPipe.stream().filter(row -> row.name().endsWith("n 8 m 4")))
                .as(all)
                .hasSize(1)
                .allSatisfy(row -> assertThat(row.difference()).isCloseTo(0, offset(0.05)));
        assertThat(gPipe.stream().filter(row -> row.name().endsWith(" m 1")))
                .as(all)
                .hasSize(3)
                .allSatisfy(row -> assertThat(row.difference()).isCloseTo(0, offset(0.1)));
        assertThat(gPipe.stream().filter(row -> row.name().contains(" n 2 ")))
                .as(all)
                .hasSize(3)
                .allSatisfy(row -> assertThat(row.difference()).isCloseTo(0, offset(0.1)));
        assertThat(interleaving.stream().filter(row -> row.name().startsWith("torchtitan")))
                .as(all)
                .hasSize(1)
                .allSatisfy(row -> assertThat(row.difference()).isCloseTo(0, offset(0.05)));
        assertThat(zeroBubble.stream().filter(row -> row.name().endsWith("ZB-1p")))
                .as(all)
                .allSatisfy(row -> assertThat(row.difference()).isCloseTo(0, offset(0.03)));
        assertThat(zeroBubble.stream().filter(row -> row.name().endsWith("ZB-2p")))
                .as(all)
                .allSatisfy(row -> assertThat(row.difference()).isCloseTo(0, offset(0.05)));
    }
}
