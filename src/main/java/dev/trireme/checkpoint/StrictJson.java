package dev.trireme.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;

/** The parser for JSON with a key for every tensor: a stream, with unique keys and bounds on depth and length. */
final class StrictJson {
    static final int MOST_TENSORS = 100_000;

    static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // Names are all different; the parser's own table of them takes seconds for the largest headers.
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(64)
                    .maxNameLength(1024)
                    .maxStringLength(1_000_000)
                    .build())
            .build();

    private StrictJson() {}
}
