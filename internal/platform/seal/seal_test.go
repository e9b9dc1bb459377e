package seal_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/seal"
)

func sealer(t interface{ Fatal(...any) }, first byte) *seal.Sealer {
	s, err := seal.New([32]byte{first})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsSealedComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sealer(t, 1)
		plain := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "plain")
		key, wrapped, err := s.NewKey("r1")
		if err != nil {
			t.Fatal(err)
		}
		sealed := key.Seal("body", plain)
		if len(plain) > 8 && bytes.Contains(sealed, plain) {
			t.Fatal("the text stands in what is sealed")
		}
		again, err := s.Unwrap("r1", wrapped)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := again.Open("body", sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%q, %v", got, err)
		}
		at := rapid.IntRange(0, len(sealed)-1).Draw(t, "at")
		sealed[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := again.Open("body", sealed); !problem.Is(err, problem.Internal) {
			t.Fatalf("a flipped bit at %d was not seen: %v", at, err)
		}
	})
}

func TestWhatIsSealedStaysInItsPlace(t *testing.T) {
	s := sealer(t, 1)
	key, wrapped, err := s.NewKey("r1")
	if err != nil {
		t.Fatal(err)
	}
	other, _, _ := s.NewKey("r1")
	text := key.Seal("body", []byte("x"))
	for name, do := range map[string]func() error{
		"another field":     func() error { _, err := key.Open("head", text); return err },
		"another key":       func() error { _, err := other.Open("body", text); return err },
		"another thing":     func() error { _, err := s.Unwrap("r2", wrapped); return err },
		"another secret":    func() error { _, err := sealer(t, 2).Unwrap("r1", wrapped); return err },
		"nothing":           func() error { _, err := key.Open("body", nil); return err },
		"a cut":             func() error { _, err := key.Open("body", text[:20]); return err },
		"another version":   func() error { _, err := key.Open("body", append([]byte{9}, text[1:]...)); return err },
		"a cut wrapped key": func() error { _, err := s.Unwrap("r1", wrapped[:30]); return err },
	} {
		if err := do(); !problem.Is(err, problem.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Unwrap("r1", nil); !problem.Is(err, problem.NotFound) {
		t.Errorf("an erased key: %v", err)
	}
}

func TestDigest(t *testing.T) {
	s := sealer(t, 1)
	one := s.Digest("thread", "a", "b")
	if one != s.Digest("thread", "a", "b") || len(one) != 32 {
		t.Errorf("a digest is not stable: %s", one)
	}
	for name, other := range map[string]string{
		"joined": s.Digest("thread", "ab"), "purpose": s.Digest("once", "a", "b"), "order": s.Digest("thread", "b", "a"), "secret": sealer(t, 2).Digest("thread", "a", "b"),
	} {
		if other == one {
			t.Errorf("%s: the same digest", name)
		}
	}
}
