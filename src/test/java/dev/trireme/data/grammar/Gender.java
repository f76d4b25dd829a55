package dev.trireme.data.grammar;

/** Columns of every table of endings; the German plural knows no gender, so it stands here as a fourth. */
enum Gender {
    MASCULINE,
    FEMININE,
    NEUTER,
    PLURAL
}
