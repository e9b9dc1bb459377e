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

// Unsummed lists, after an address, the stored files that are found by their SHA-256 alone: their MD5 and SHA-1 were never kept. What is in quarantine is
// found by nothing, and is left out.
func Unsummed(tx *sqldb.Tx, after string, most int) (list []string, err error) {
	err = tx.Each(`SELECT DISTINCT i.address FROM evidence_item i WHERE i.address > $1 AND i.address <> '' AND i.quarantined = 0
		AND NOT EXISTS (SELECT 1 FROM evidence_sum s WHERE s.address = i.address) ORDER BY i.address LIMIT $2`, []any{after, most}, func(scan func(...any) error) error {
		var address string
		err := scan(&address)
		list = append(list, address)
		return err
	})
	return list, err
}

// Sums are the digests of a stored file, as they have to be kept to find it.
type Sums struct{ address, sha1, md5 string }

// Sum computes the MD5 and the SHA-1 of a stored file. Errors: Conflict if what lies there is not what came; Unavailable if it cannot be read.
func (v *Vault) Sum(address string) (Sums, error) {
	r, err := v.open(address)
	if err != nil {
		return Sums{}, err
	}
	defer func() { _ = r.Close() }()
	s := newSums()
	if _, err := io.Copy(s, r); err != nil {
		return Sums{}, problem.Wrap(problem.Conflict, err, "the file in the vault was altered: it cannot be decrypted to its end")
	}
	sha256, sha1, md5 := s.hex()
	if v.sealer.Digest("address", sha256) != address {
		return Sums{}, problem.New(problem.Conflict, "the file in the vault is not the one that came")
	}
	return Sums{address, sha1, md5}, nil
}

// Keep lets a file be found by its sums, if something still refers to it.
func (v *Vault) Keep(tx *sqldb.Tx, s Sums) error {
	used, err := Used(tx, s.address)
	if err != nil || !used {
		return err
	}
	return v.findable(tx, &Item{SHA1: s.sha1, MD5: s.md5, address: s.address})
}
