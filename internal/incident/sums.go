package incident

import (
	"context"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// JobSums asks for the MD5 and SHA-1 of files of the vault that were kept before those were.
const JobSums = "evidence.sums"

// SumsAtOnce is how many files one job reads: the next goes on where it ended.
const SumsAtOnce = 200

// Unsummed tells whether there are files of the vault, after an address, that are found by their SHA-256 alone.
func (s *Service) Unsummed(ctx context.Context, actor identity.Actor, after string) (some bool, err error) {
	if err := actor.Authorise(OpEvidenceRead, "vault"); err != nil {
		return false, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err := evidence.Unsummed(tx, after, 1)
		some = len(list) > 0
		return err
	})
	return some, err
}

// SumVault reads some files of the vault that are found by their SHA-256 alone, from after an address on, and lets them be found by MD5 and SHA-1 too. Each is
// a transaction of its own, in which fence may refuse. A file that is not what came is left as it was: whoever opens it is told. It gives the last address that
// it read, "" where nothing is left, and how many files were read.
func (s *Service) SumVault(ctx context.Context, actor identity.Actor, fence func(*sqldb.Tx) error, after string) (last string, n int, err error) {
	if err := actor.Authorise(OpEvidenceAdd, "vault"); err != nil {
		return "", 0, err
	}
	var list []string
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err = evidence.Unsummed(tx, after, SumsAtOnce)
		return err
	})
	for _, address := range list {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return "", n, err
		}
		sums, fault := s.vault.Sum(address)
		switch {
		case problem.Is(fault, problem.Conflict), problem.Is(fault, problem.NotFound):
			s.o.Log.WarnContext(ctx, "a file of the vault has no sums: it cannot be read", "error", fault)
			continue
		case fault != nil:
			return "", n, fault
		}
		err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			if err := fence(tx); err != nil {
				return err
			}
			return s.vault.Keep(tx, sums)
		})
		if err == nil {
			n++
		}
	}
	if err != nil || len(list) < SumsAtOnce {
		return "", n, err
	}
	return list[len(list)-1], n, nil
}
