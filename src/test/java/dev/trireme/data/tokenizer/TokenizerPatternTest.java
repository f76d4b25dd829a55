package dev.trireme.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerPatternTest {
    private static final String WORD = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String END = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";

    /** Splits and replacements of published families. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                // GPT-2
                "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
                // LLaMA 3
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                        + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                // Qwen 2
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                        + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                // GPT-4 (cl100k) as published, and as it is faster
                "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*"
                        + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
                "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+"
                        + "|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
                // GPT-4o (o200k), LLaMA 4
                "[^\\r\\n\\p{L}\\p{N}]?" + WORD + "*" + END + "+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?"
                        + WORD
                        + "+" + END + "*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*"
                        + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                // Mistral's Tekken
                "[^\\r\\n\\p{L}\\p{N}]?" + WORD + "*" + END + "+|[^\\r\\n\\p{L}\\p{N}]?" + WORD + "+" + END
                        + "*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                // DeepSeek 3
                "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                        + "| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                // DeepSeek 3's, as its file has it: with the line ends themselves
                "[^\r\n\\p{L}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
                // DeepSeek 1, after its trailing space is made linear
                "[\\r\\n]",
                "\\s?[!-/:-~！-／：-～‘-‟　-。]+",
                "(?<!\\s)\\s+$",
                "[一-龥ࠀ-一가-퟿]+",
                // BLOOM, Falcon, CLIP, XLM-RoBERTa
                " ?[^(\\s|[.,!?…。，、।۔،])]+",
                "[0-9][0-9][0-9]",
                "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
                " {2,}",
            })
    void patternsOfPublishedTokenizersAreLinear(String pattern) {
        assertThat(TokenizerPattern.problem(pattern)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "a", "^\\s+", "(?:\\r?\\n)+", "(?<=a)b+c?", "a{2,}b*", "[[:alpha:]&&[^a]]+", "\\x{4E00}+?"})
    void whatCannotFailAfterItsUnboundedQuantifierIsLinear(String pattern) {
        assertThat(TokenizerPattern.problem(pattern)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a*", "a|", "^", "\\b", "(?=a)", "(?:a|b?)", "a{0}", "(a?){2}", "(?<!a)$"})
    void aPatternThatMayTakeNoCharacterIsFound(String pattern) {
        assertThat(TokenizerPattern.canBeEmpty(pattern)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "^a", "a+(?!b)", "(?:a|b)c*", "(?<!\\s)\\s+$", "(?:^|a)b"})
    void aPatternThatTakesACharacterIsNot(String pattern) {
        assertThat(TokenizerPattern.canBeEmpty(pattern)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "\\s+$                    ~ unbounded quantifier in \"\\s+$\" may fail",
                "(\\w|a)*\\1z             ~ \"\\1z\" is a back-reference",
                "(?:a|b)*c                ~ may fail",
                "(a+)+$                   ~ a group has an unbounded quantifier",
                "(?:a|a)*b                ~ may fail",
                "\\s+(?!\\S)              ~ may fail",
                "\\s*[\\r\\n]+|\\s        ~ may fail",
                "\\s*[\\r\\n]+|a|\\s+     ~ may fail",
                "a*b+|a+b*c               ~ may fail",
                "(?:a|a)*b+|(?:a|a)+b*    ~ may fail",
                "x{0,9}a*b+|x{0,9}a+b*    ~ may fail",
                "a++b                     ~ may fail",
                "\\d{1,3}(?=(?:\\d{3})*$) ~ a group has an unbounded quantifier",
                "(?:a?)*                  ~ may be empty, but is repeated",
                "a{0,3}+                  ~ may be empty",
                "a{1,3}+b                 ~ may fail",
                "(?:a?){30}               ~ more than 1000 steps",
                "a{1000}                  ~ more than 1000 steps",
                "(?:a|b|c){1,9}           ~ more than 1000 steps",
                "a{2}{3}                  ~ is itself repeated",
                "a{1,3}?                  ~ is itself repeated",
                "^*                       ~ is repeated",
                "(?<name>a)               ~ a group begins with \"(?<n\"",
                "(?>a)                    ~ a group begins with \"(?>a\"",
                "\\Xa                     ~ \"\\Xa\" is a back-reference or an escape",
                "[]a]                     ~ a class begins with",
                "[a                       ~ is not closed",
                "(a                       ~ a group is not closed",
                "a)                       ~ closes no group",
                "a|*                      ~ nothing to repeat",
                "a{                       ~ begins no quantifier",
                "a{3,1}                   ~ no quantifier",
                "\\                       ~ is a back-reference or an escape",
            })
    void whatIsNotProvenLinearIsRefusedWithTheReason(String pattern, String reason) {
        assertThat(TokenizerPattern.problem(pattern).orElse("accepted")).contains(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "(?:", "[", "[^", "(?=", "a|", "\\\\"})
    void aPatternOfAHundredThousandBracketsIsJudgedWithoutOverflow(String part) {
        String pattern = part.repeat(1 << 17);
        assertThat(TokenizerPattern.problem(pattern).orElse("accepted")).isNotEmpty();
    }
}
