package mime

import (
	"io"
)

type entity struct{}

// Read takes a mail apart. What a mail holds is never an error; those of r are given back with what was read before.
func Read(r io.Reader, l Limits) (*Message, error) {
	raw, err := io.ReadAll(io.LimitReader(r, DefaultLimits().Size))
	return &Message{Raw: raw, limits: l}, err
}
