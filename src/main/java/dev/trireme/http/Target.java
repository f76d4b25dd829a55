package dev.trireme.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a request is for, by RFC 9112, section 3.2: a path of the Host header's host, or a whole address, as a proxy is asked,
 * whose host then counts.
 *
 * @param host in lower case, with the port if there is one; empty if nobody says it
 * @param path with the query
 */
record Target(String host, String path) {
    private static final Pattern WHOLE = Pattern.compile("(?i)https?://([^/?#]*)(.*)");
    private static final Pattern HOST =
            Pattern.compile("(?:\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._~!$&'()*+;=%-]+)(?::[0-9]*)?");

    /** Empty unless one host is named, which HTTP/1.0 need not do: of several, a proxy may have read another than this server. */
    static Optional<Target> of(HttpRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        boolean mayLackIt = request.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0;
        if (hosts.size() > 1
                || (hosts.isEmpty() && !mayLackIt)
                || !hosts.stream().allMatch(Target::isHost)) {
            return Optional.empty();
        }
        Matcher whole = WHOLE.matcher(request.uri());
        if (!whole.matches()) {
            return Optional.of(new Target(String.join("", hosts).toLowerCase(Locale.ROOT), request.uri()));
        }
        String path = whole.group(2);
        return Optional.of(whole.group(1))
                .filter(Target::isHost)
                .map(host -> new Target(host.toLowerCase(Locale.ROOT), path.startsWith("/") ? path : "/" + path));
    }

    private static boolean isHost(String text) {
        return HOST.matcher(text).matches();
    }
}
