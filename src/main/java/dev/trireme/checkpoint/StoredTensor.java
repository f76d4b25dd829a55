package dev.trireme.checkpoint;

import java.nio.ByteBuffer;

/** A tensor and the open file that holds it. */
record StoredTensor(SafetensorsReader file, TensorEntry entry) {
    void read(long offset, ByteBuffer destination) {
        file.read(entry, offset, destination);
    }

    boolean sameContent(StoredTensor other, int piece) {
        if (entry.type() != other.entry.type() || !entry.shape().equals(other.entry.shape())) {
            return false;
        }
        for (long offset = 0; offset < entry.bytes(); offset += piece) {
            int count = (int) Math.min(piece, entry.bytes() - offset);
            ByteBuffer left = ByteBuffer.allocate(count);
            ByteBuffer right = ByteBuffer.allocate(count);
            read(offset, left);
            other.read(offset, right);
            if (!left.flip().equals(right.flip())) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return entry.name() + " (" + entry.type() + " " + entry.shape() + " at byte " + entry.begin() + " of "
                + file.name() + ")";
    }
}
