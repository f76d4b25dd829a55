package dev.trireme.cli.option;

import dev.trireme.model.Families;
import java.util.Iterator;

/** The values of {@code --model}, for help texts. */
public final class FamilyNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
        return Families.names().iterator();
    }
}
