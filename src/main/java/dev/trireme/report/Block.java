package dev.trireme.report;

/** A part of a section. */
public sealed interface Block permits Chart, Table, Drawing {}
