/** A program whose classes and libraries are all on the module path. */
module example.app {
    requires dev.trireme;
}
