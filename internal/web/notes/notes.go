// Package notes shows what people write down about reports and incidents, and what they change together: a note that can be changed, and the two
// texts of those who changed the same thing at the same time, so that neither is lost.
package notes

import (
	"context"
	"errors"
	"net/url"
	"strconv"

	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

// Version reads the version that a form was made of; 0 for none.
func Version(v url.Values) int64 {
	n, _ := strconv.ParseInt(v.Get("version"), 10, 64)
	return n
}

// Clash is the two texts of an error, if it is that of two people who changed the same thing; nil otherwise.
func Clash(err error) *incident.Clash {
	var c *incident.Clash
	if errors.As(err, &c) {
		return c
	}
	return nil
}
