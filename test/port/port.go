// Package port finds ports for servers that tests start in processes of their own, and start again.
package port

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// The ports that are given. Systems take those of outgoing connections from above: one that was free a moment ago could be somebody's by the time a
// server listens at it.
const (
	lowest  = 10_000
	highest = 32_000
)

// Free gives a port of this machine that nobody listens at.
func Free() (int, error) {
	var config net.ListenConfig
	for range 1000 {
		n := lowest + rand.IntN(highest-lowest)
		if l, err := config.Listen(context.Background(), "tcp", fmt.Sprintf("127.0.0.1:%d", n)); err == nil {
			return n, l.Close()
		}
	}
	return 0, errors.New("no port is free")
}
