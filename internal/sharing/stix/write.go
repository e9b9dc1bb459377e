package stix

import (
	"bufio"
	"crypto/sha256"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/firehall/firehall/internal/core/problem"
)

// Name gives an observable its type, version and the id that its content gives; one that has nothing of its own (a process) gets a
// random id. It returns the id. Errors: Invalid.
func Name(typ string, b Body) (string, error) {
	h, _ := b.Common()
	if ClassOf(typ) != Observable {
		return "", problem.New(problem.Invalid, "%q is no type of observable", typ)
	}
	h.Type, h.SpecVersion = typ, SpecVersion
	raw, err := Marshal(b)
	if err != nil {
		return "", err
	}
	if h.ID, err = idOf(typ, raw); h.ID == "" && err == nil {
		h.ID = NewID(typ)
	}
	return h.ID, err
}

// Marshal writes an object: properties in the standard's order, those that are not modelled behind them by name.
func Marshal(b Body) ([]byte, error) {
	raw, err := json.Marshal(b, json.Deterministic(true))
	return raw, problem.Wrap(problem.Invalid, err, "write a STIX object")
}

// Check says what is wrong with an object of ours before it is sent, as Parse would say it. Errors: Invalid.
func Check(b Body) error {
	raw, err := Marshal(b)
	if err != nil {
		return err
	}
	if _, f := decode(raw, Limits{}.full()); f != nil {
		return problem.New(problem.Invalid, "%s", f.reason)
	}
	return nil
}

// WriteBundle writes objects as a bundle with that id, one object a line, in the order given. With "" those
// objects, of whatever version, always make the same bundle.
func WriteBundle(w io.Writer, id string, bodies []Body) error {
	lines := make([][]byte, len(bodies))
	sum := sha256.New()
	for i, b := range bodies {
		raw, err := Marshal(b)
		if err != nil {
			return err
		}
		lines[i] = raw
		head, _ := b.Common()
		_, _ = sum.Write([]byte(head.ID)) // a hash takes everything
	}
	if id == "" {
		id = IDFrom("bundle", [16]byte(sum.Sum(nil)))
	}
	out := bufio.NewWriter(w)
	_, _ = out.WriteString(`{"type":"bundle","id":"` + id + `"`)
	for i, raw := range lines {
		sep := ",\n"
		if i == 0 {
			sep = `,"objects":[` + "\n"
		}
		_, _ = out.WriteString(sep)
		_, _ = out.Write(raw)
	}
	if len(bodies) > 0 {
		_, _ = out.WriteString("\n]")
	}
	_, _ = out.WriteString("}\n")
	return problem.Wrap(problem.Unavailable, out.Flush(), "write a bundle")
}

// Sort puts objects into the order in which a reader can take them one by one: markings and definitions, identities, observables,
// other domain objects, relations; each by id and version. What is there twice is there once.
func Sort(bodies []Body) []Body {
	slices.SortStableFunc(bodies, func(a, b Body) int {
		ha, _ := a.Common()
		hb, _ := b.Common()
		if d := rank(ha.Type) - rank(hb.Type); d != 0 {
			return d
		}
		if d := strings.Compare(ha.ID, hb.ID); d != 0 {
			return d
		}
		return ha.Modified.Compare(hb.Modified.Time)
	})
	return slices.CompactFunc(bodies, func(a, b Body) bool {
		ha, _ := a.Common()
		hb, _ := b.Common()
		return ha.ID == hb.ID && ha.Modified.Equal(hb.Modified.Time)
	})
}

func rank(typ string) int {
	if typ == "identity" {
		return 2*int(Meta) + 1
	}
	if c := ClassOf(typ); c != Other {
		return 2 * int(c)
	}
	return 2*int(Relation) + 1
}
