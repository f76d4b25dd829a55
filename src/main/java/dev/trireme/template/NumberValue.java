package dev.trireme.template;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** An integer of 64 bits or a float64. Python's integers have any size; what leaves 64 bits is an error here. */
record NumberValue(long integer, double real, boolean isInteger) implements Value {
    private static final int MAX_DIGITS = 17; // that a float64 needs
    private static final int SCIENTIFIC_BELOW = -4;
    private static final int SCIENTIFIC_FROM = 16;

    static NumberValue of(long integer) {
        return new NumberValue(integer, integer, true);
    }

    static NumberValue of(double real) {
        return new NumberValue(0, real, false);
    }

    @Override
    public boolean isTrue() {
        return real != 0;
    }

    @Override
    public String typeName() {
        return isInteger ? "int" : "float";
    }

    @Override
    public void write(TextBuilder out) {
        out.append(isInteger ? Long.toString(integer) : text(real));
    }

    /** The shortest digits that read back as the same float64, as Python writes them. */
    private static String text(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal exact = new BigDecimal(value);
        BigDecimal shortest = exact;
        for (int digits = 1; digits <= MAX_DIGITS; digits++) {
            shortest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            if (shortest.doubleValue() == value) {
                break;
            }
        }
        shortest = shortest.stripTrailingZeros();
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= SCIENTIFIC_BELOW && exponent < SCIENTIFIC_FROM) {
            String plain = shortest.toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String digits = shortest.unscaledValue().abs().toString();
        return (value < 0 ? "-" : "") + digits.charAt(0) + (digits.length() > 1 ? "." + digits.substring(1) : "") + "e"
                + (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }
}
