#!/bin/sh
# A pipeline whose pipe holds unread data: the consumer reads nothing until $1/go is there, then writes to $1/result
# how many lines came, and whether they came in order.
seq 1 9000 | (
  while [ ! -e "$1/go" ]; do sleep 0.5; done
  awk '{ if ($1 != NR) wrong = 1 } END { print NR, wrong ? "disordered" : "in-order" }' >"$1/result.new"
  mv "$1/result.new" "$1/result"
)
