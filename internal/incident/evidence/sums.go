package evidence

import (
	"crypto/md5"  // what others look for files by, not what protects them
	"crypto/sha1" // the same
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"io"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// sums computes all digests of what is written to it.
type sums struct {
	io.Writer
	sha256, sha1, md5 hash.Hash
	crc               hash.Hash32
}

func newSums() *sums {
	s := &sums{sha256: sha256.New(), sha1: sha1.New(), md5: md5.New(), crc: crc32.NewIEEE()}
	s.Writer = io.MultiWriter(s.sha256, s.sha1, s.md5, s.crc)
	return s
}

func (s *sums) hex() (sha256, sha1, md5 string) {
	return hex.EncodeToString(s.sha256.Sum(nil)), hex.EncodeToString(s.sha1.Sum(nil)), hex.EncodeToString(s.md5.Sum(nil))
}

// Check reads an item to its end, before anything of it is given out: what lies on the disk has to be what came. It gives the CRC-32, which a zip needs.
// Errors: Conflict if it is not; Unavailable if it cannot be read.
func (v *Vault) Check(i *Item) (crc uint32, err error) {
	r, err := v.open(i.address)
	if err != nil {
		return 0, err
	}
	defer func() { _ = r.Close() }()
	s := newSums()
	if _, err := io.Copy(s, r); err != nil {
		return 0, problem.Wrap(problem.Conflict, err, "the file in the vault was altered: it cannot be decrypted to its end")
	}
	if got, _, _ := s.hex(); got != i.SHA256 {
		return 0, problem.New(problem.Conflict, "the file in the vault is not the one that came: its SHA-256 is %s, and was %s", got, i.SHA256)
	}
	return s.crc.Sum32(), nil
}

// Damage notes that an item was refused because what lies on the disk is not what came.
func (v *Vault) Damage(tx *sqldb.Tx, i *Item, c Custody) error {
	c.Act = Damaged
	return note(tx, i, c)
}
