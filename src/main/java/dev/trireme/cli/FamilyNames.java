package dev.trireme.cli;

import dev.trireme.model.Families;
import java.util.Iterator;

/** What {@code --model} can be, for help texts. */
final class FamilyNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
        return Families.names().iterator();
    }
}
