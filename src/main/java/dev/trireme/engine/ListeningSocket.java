package dev.trireme.engine;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.gloo.Socket;

/**
 * A socket that listens on one address, as a file descriptor. By default libtorch's store listens on all interfaces,
 * without encryption or authentication.
 */
final class ListeningSocket {
    /** Linux and POSIX agree on these. */
    private static final short IPV4 = 2;

    private static final int ADDRESS_BYTES = 16;
    private static final int BACKLOG = 1024;

    private ListeningSocket() {}

    /**
     * Opens it.
     *
     * @param address to listen on; port 0 lets the system choose
     * @return the descriptor, which the caller owns
     * @throws IllegalArgumentException when the address is not IPv4, not of this host, or its port is in use
     */
    static int open(InetSocketAddress address) {
        try (Socket socket = Socket.createForFamily(IPV4);
                BytePointer bytes = new BytePointer(encode(address))) {
            socket.reuseAddr(true);
            socket.bind(bytes, ADDRESS_BYTES);
            socket.listen(BACKLOG);
            return socket.release();
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "cannot listen on " + text(address) + ": " + NativeErrors.firstLine(e)
                            + "; set MASTER_PORT to a free port, and MASTER_ADDR to an address of the host of rank 0",
                    e);
        }
    }

    static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }

    /** struct sockaddr_in: family in host order, port and address in network order, eight bytes of nothing. */
    private static byte[] encode(InetSocketAddress address) {
        InetAddress host = address.getAddress();
        if (!(host instanceof Inet4Address)) {
            throw new IllegalArgumentException(text(address) + " is not IPv4");
        }
        ByteBuffer bytes = ByteBuffer.allocate(ADDRESS_BYTES).order(ByteOrder.nativeOrder());
        bytes.putShort(IPV4);
        bytes.order(ByteOrder.BIG_ENDIAN).putShort((short) address.getPort()).put(host.getAddress());
        return bytes.array();
    }
}
