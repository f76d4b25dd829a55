package dev.trireme.cli.option;

import dev.trireme.engine.Weights;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts {@code float32} and {@code bfloat16} to the type of weights for generation. */
public final class DtypeConverter implements ITypeConverter<Weights> {
    @Override
    public Weights convert(String text) {
        return switch (text) {
            case "float32" -> Weights.FLOAT32;
            case "bfloat16" -> Weights.BFLOAT16;
            default -> throw new TypeConversionException("'" + text + "' is unknown; use float32, bfloat16");
        };
    }
}
