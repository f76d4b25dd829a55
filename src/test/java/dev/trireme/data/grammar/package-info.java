/**
 * A small German and English grammar that says the same thing in both languages.
 *
 * <pre>
 * nouns, adjectives, verbs, places (tables)
 *        Lexicon
 *           |         NounPhrases: who, whom, where
 *       ClauseMaker   Predicates: what somebody is
 *           |                             GermanOrder  -> Morgen liest der Lehrer das Buch.
 *        Clause  (no order yet)        &lt;
 *           |                             EnglishOrder -> Tomorrow the teacher will read the book.
 *       Subclauses, Questions: clauses put together
 *           |
 *      SentenceMaker
 * </pre>
 *
 * <p>It imports nothing of ours. A clause is drawn once and put in order twice, so that the two sides cannot drift
 * apart; a construction whose translation would hang on context (the polite {@code Sie}, {@code sie} for "them") is
 * left out, so that a German sentence has one translation.
 */
@NullMarked
package dev.trireme.data.grammar;

import org.jspecify.annotations.NullMarked;
