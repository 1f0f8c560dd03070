# Makes service.log, and with -v labels=1 service.labels: what a small web
# shop's server says in a night.  Lines 1 to 400 are ordinary; among the 200
# that follow 24 are not.  The same lines from any awk:
#
#   awk -f log.awk > service.log; awk -v labels=1 -f log.awk > service.labels

# 0..n-1, by Lehmer's generator
function any(n) { state = state * 16807 % 2147483647; return state % n }

function one(words,    w) { return w[any(split(words, w, " ")) + 1] }

function address() { return "10.0." any(4) "." (1 + any(250)) }

function usual(    k) {
    k = any(20)
    if (k < 9)
        return "web[" (800 + any(4)) "]: " address() " GET /" \
            one("cart shop help search") "/" any(900) " 200 " (300 + any(9000)) \
            " bytes in " (3 + any(60)) " ms"
    if (k < 12)
        return "web[" (800 + any(4)) "]: " address() " POST /" \
            one("cart order login") " 302 in " (9 + any(90)) " ms"
    if (k < 14)
        return "db[411]: checkpoint complete: wrote " (20 + any(400)) \
            " buffers in " any(30) "." any(10) " s"
    if (k < 16)
        return "mail[520]: queued as " any(9000) + 1000 ", delivered to " \
            one("anna ben chloe david emma") "@example.org, delay " any(9) " s"
    if (k < 17)
        return "cron[77]: (root) run " one("rotate backup update")
    if (k < 18)
        return "auth[90]: session opened for user " one("anna ben chloe")
    if (k < 19)
        return "auth[90]: session closed for user " one("anna ben chloe")
    return "net[15]: eth0 link is up, " any(90) " MB received"
}

function odd(    k) {
    k = any(8)
    if (k == 0)
        return "kernel: Out of memory: killed process " any(9000) " (db)"
    if (k == 1)
        return "kernel: sda: read error, sector " any(90000) ", retrying"
    if (k == 2)
        return "auth[90]: failed password for root from " address()
    if (k == 3)
        return "web[" (800 + any(4)) "]: worker died with signal 11, restarted"
    if (k == 4)
        return "db[411]: deadlock detected, transaction rolled back"
    if (k == 5)
        return "mail[520]: certificate of the relay has expired, deferred"
    if (k == 6)
        return "net[15]: eth0 link is down"
    return "web[" (800 + any(4)) "]: " address() \
        " GET /../../etc/passwd 400 in " (1 + any(5)) " ms"
}

BEGIN {
    state = 20141124
    for (line = 1; line <= 600; line++) {
        seconds += any(90)
        is_odd = line > 400 && (line * 7) % 25 < 3
        text = is_odd ? odd() : usual()
        if (labels)
            print is_odd
        else
            printf "Nov 24 %02d:%02d:%02d shop %s\n", seconds / 3600,
                seconds / 60 % 60, seconds % 60, text
    }
}
