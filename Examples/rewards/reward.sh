#!/bin/sh
# A reward program in shell: 1 where the completion has a digit, else 0. "id" comes first in a line.
#
#     rewards: [{kind: program, name: digit, command: [sh, Examples/rewards/reward.sh]}]
while read -r line; do
    id=${line#*:}
    id=${id%%,*}
    completion=${line#*\"completion\":\"}
    completion=${completion%%\",\"*}
    case $completion in
    *[0-9]*) reward=1 ;;
    *) reward=0 ;;
    esac
    echo "{\"id\":$id,\"reward\":$reward}"
done
