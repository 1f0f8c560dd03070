#!/bin/sh
# The samples are what their page says: every file is listed, the log is its
# recipe's, the taxi's hours are all there, and all of it is small.
set -eu
cd "$AE_ROOT/samples"

for file in *; do
    case $file in
    README.md | log.awk) ;;
    *) grep -q "^| $file" README.md || { echo "$file isn't listed"; exit 1; } ;;
    esac
done
test "$(du -sk . | cut -f1)" -lt 3072

awk -f log.awk | cmp - service.log
awk -v labels=1 -f log.awk | cmp - service.labels
test "$(head -n 400 service.labels | grep -c 1)" -eq 0
test "$(grep -c 1 service.labels)" -eq 24

gzip -dc taxi.csv.gz | awk -F, '
    NR == 1 { if ($0 != "time,rides,day") bad = 1; next }
    { if (substr($1, 12) != sprintf("%02d:00", (NR - 2) % 24) || $2 + 0 < 1)
          bad = 1
      if ($3 != "usual") odd[$3]++ }
    END { for (k in odd) n += odd[k]
          exit bad || NR != 5161 || n != 11 * 24 || odd["blizzard"] != 72 }'
