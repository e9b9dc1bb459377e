package delivery

import (
	"bytes"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// Who has the database alone does not read what was written; rows of an older Firehall, which lie as they are, are read all the same.
func TestBytesAreSealed(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		name := h.put("a@a.example")
		sealed := h.stored(name)
		plain, err := newCodec(nil).unpack.DecodeAll(sealed, nil)
		if err == nil || bytes.Contains(plain, []byte("seen")) {
			t.Errorf("it lies there as %q", plain)
		}
		if _, err := h.service(func(o *Options) { o.Sealer = nil }).Bytes(t.Context(), tester, name); !problem.Is(err, problem.Internal) {
			t.Errorf("without the key: %v", err)
		}
		h.ok(h.write(func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`UPDATE delivery_body SET bytes = $2 WHERE delivery = $1`, name, h.s.codec.pack.EncodeAll([]byte("of old"), nil))
			return err
		}))
		if b, err := h.s.Bytes(t.Context(), tester, name); err != nil || string(b) != "of old" {
			t.Errorf("an older row: %q, %v", b, err)
		}
	})
}

// What is erased is not sent any more, and neither its bytes nor to whom they went are kept.
func TestErase(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		sent := h.put("a@a.example")
		h.drain()
		waits := h.put("b@b.example")
		stays := h.put("c@c.example")
		h.ok(h.write(func(tx *sqldb.Tx) error { return h.s.Erase(tx, []string{sent, waits, "none"}) }))
		h.drain()
		h.is(sent, Delivered)
		h.is(waits, Cancelled)
		h.is(stays, Delivered)
		if n := h.mail.sent()[waits]; n != 0 {
			t.Errorf("it was sent %d times", n)
		}
		for _, name := range []string{sent, waits} {
			if _, err := h.s.Bytes(t.Context(), tester, name); !problem.Is(err, problem.NotFound) {
				t.Errorf("bytes: %v", err)
			}
		}
		if kept := h.texts(`SELECT address || to_name FROM delivery ORDER BY address`); strings.Join(kept[:2], "") != "" || kept[2] == "" {
			t.Errorf("kept: %q", kept)
		}
	})
}

func (h *house) write(fn func(tx *sqldb.Tx) error) error { return h.db.Write(h.t.Context(), fn) }

func (h *house) stored(name string) (b []byte) {
	h.ok(h.db.Read(h.t.Context(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT bytes FROM delivery_body WHERE delivery = $1`, name).Scan(&b)
	}))
	return b
}
