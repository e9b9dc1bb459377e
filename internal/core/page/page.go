// Package page holds the words for reading a long list in pages.
//
// A page is asked for with a cursor and a limit. A cursor is opaque text that
// names the last row seen by the values of the list's sort key (a keyset), so
// rows that come or go meanwhile are neither doubled nor lost. It is made by
// the list that reads it, and is no proof of anything: what the reader may see
// is decided for every page anew.
package page

import (
	"encoding/base64"
	"encoding/json"

	"github.com/firehall/firehall/internal/core/problem"
)

// Limits of a page, in rows.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// maxCursor bounds what we decode, in bytes.
const maxCursor = 4096

// Cursor is the place in a list after which the next page starts; empty is the
// beginning.
type Cursor string

// Request asks for one page.
type Request struct {
	After Cursor
	Limit int // rows; 0 means DefaultLimit
}

// Rows returns the limit to use, between 1 and MaxLimit.
func (r Request) Rows() int {
	if r.Limit <= 0 {
		return DefaultLimit
	}
	return min(r.Limit, MaxLimit)
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  Cursor `json:"next,omitempty"` // empty at the end of the list
}

// After makes a cursor of the sort key's values (text and whole numbers).
func After(key ...any) Cursor {
	b, err := json.Marshal(key)
	if err != nil {
		panic("page: a sort key that is no plain value: " + err.Error()) // a defect in the caller
	}
	return Cursor(base64.RawURLEncoding.EncodeToString(b))
}

// Into reads the sort key's values back into dst, which are pointers, one for
// each value. An empty cursor gives false and leaves dst alone; a cursor that
// is not of this list is problem.Invalid.
func (c Cursor) Into(dst ...any) (bool, error) {
	if c == "" {
		return false, nil
	}
	if len(c) > maxCursor {
		return false, problem.New(problem.Invalid, "the page cursor is too long: start again from the first page")
	}
	raw, err := base64.RawURLEncoding.DecodeString(string(c))
	if err != nil {
		return false, broken(err)
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		return false, broken(err)
	}
	if len(parts) != len(dst) {
		return false, problem.New(problem.Invalid, "the page cursor belongs to another list: start again from the first page")
	}
	for i, p := range parts {
		if err := json.Unmarshal(p, dst[i]); err != nil {
			return false, broken(err)
		}
	}
	return true, nil
}

func broken(err error) error {
	return problem.Wrap(problem.Invalid, err, "the page cursor cannot be read: start again from the first page")
}

// Cut makes a page from limit+1 rows asked of the store: the extra row only
// tells that there is a next page. key gives the sort key's values of a row.
func Cut[T any](rows []T, limit int, key func(T) []any) Page[T] {
	if len(rows) <= limit {
		return Page[T]{Items: rows}
	}
	rows = rows[:limit]
	return Page[T]{Items: rows, Next: After(key(rows[limit-1])...)}
}
