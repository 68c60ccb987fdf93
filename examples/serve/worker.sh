#!/bin/bash
# A worker without Python: it asks for trials, reports after each step, and tells the result.
#
#   NNI_HPO_TOKEN=... ./worker.sh http://127.0.0.1:8090/v1/studies/parabola
#
# The trial is a parabola that is computed by jq; put your own program there.
set -euo pipefail
study=$1

# call METHOD PATH JSON: prints the answer, and on a line of its own the status. A call that is
# repeated because its answer was lost has the same key.
call() {
    local key
    key=$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen)
    curl --silent --show-error --retry 5 --retry-connrefused --request "$1" "$study$2" \
        --header "Authorization: Bearer $NNI_HPO_TOKEN" \
        --header "Content-Type: application/json" --header "Idempotency-Key: $key" \
        --data "$3" --write-out '\n%{http_code}'
}

while true; do
    answer=$(call POST /trials '{"worker": "worker.sh"}')
    status=${answer##*$'\n'} trial=${answer%$'\n'*}
    case $status in
        200) ;;
        409) sleep 5; continue ;;                      # others run the last trials
        410) break ;;                                  # the study has no more
        *) echo "$trial" >&2; exit 1 ;;
    esac
    number=$(jq .number <<<"$trial") attempt=$(jq .attempt <<<"$trial")

    decision=continue
    for step in 0 1 2 3; do
        value=$(jq "-(.params.x - 0.3 | . * .) - 0.1 / (1 + $step)" <<<"$trial")
        report="{\"attempt\": $attempt, \"step\": $step, \"value\": $value}"
        decision=$(call POST "/trials/$number/reports" "$report" | head -n 1 | jq -r .decision)
        [ "$decision" = continue ] || break
    done

    result="\"values\": $value"
    [ "$decision" != stop ] || result='"stopped": true'
    call PUT "/trials/$number/result" "{\"attempt\": $attempt, $result}" | head -n 1 \
        | jq -r '"trial \(.number): \(.status) \(.values.default)"'
done
