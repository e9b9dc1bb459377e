package audit

import (
	"context"
	"errors"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/lease"
)

const (
	sealerLease = "audit.seal"
	sealerTime  = 30 * time.Second
	sealBatch   = 1000 // entries a transaction
)

// Seal gives every recorded entry its position and chains it, and returns how
// many it sealed. While another process is sealing it returns 0 and no error:
// that one, or the next call, seals them.
func (l *Log) Seal(ctx context.Context) (int, error) {
	n, err := l.seal(ctx)
	if errors.Is(err, errSealing) {
		return 0, nil
	}
	return n, err
}

// errSealing is the cause of not sealing: somebody else does at this moment.
var errSealing = errors.New("another process is sealing the audit record")

func (l *Log) seal(ctx context.Context) (n int, err error) {
	token, err := l.leases.Acquire(ctx, sealerLease, l.holder, sealerTime)
	if problem.Is(err, problem.Conflict) {
		return 0, errSealing
	}
	if err != nil {
		return 0, err
	}
	defer func() {
		if e := l.leases.Release(context.WithoutCancel(ctx), token); err == nil {
			err = e
		}
	}()
	for {
		done, err := l.sealSome(ctx, token)
		n += done
		if err != nil || done < sealBatch {
			return n, err
		}
		if token, err = l.leases.Renew(ctx, token, sealerTime); err != nil {
			return n, err
		}
	}
}

// How SealAll waits for another process: a sealer that died holds its lease for sealerTime.
const (
	sealPause = 50 * time.Millisecond
	sealWait  = sealerTime + 10*time.Second
)

// SealAll is Seal, and waits for another process that is sealing: everything that was recorded when it was called is sealed when it returns.
// Errors: Unavailable if that takes too long.
func (l *Log) SealAll(ctx context.Context) error {
	wait, cancel := context.WithTimeout(ctx, sealWait)
	defer cancel()
	for {
		_, err := l.seal(ctx)
		if !errors.Is(err, errSealing) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-wait.Done():
			return problem.Wrap(problem.Unavailable, err, "what was recorded last could not be sealed: try again in a minute")
		case <-time.After(sealPause):
		}
	}
}

// sealSome chains up to one batch of entries in one transaction.
func (l *Log) sealSome(ctx context.Context, token lease.Token) (n int, err error) {
	err = l.db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := lease.Check(tx, token); err != nil {
			return err
		}
		head, err := loadHead(tx)
		if err != nil {
			return err
		}
		links, err := loadUnsealed(tx, sealBatch)
		if err != nil || len(links) == 0 {
			return err
		}
		if head, err = chain(tx, head, links); err != nil {
			return err
		}
		n = len(links)
		return storeHead(tx, head)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// chain stores the links one after the other and returns the new head.
func chain(tx *sqldb.Tx, head Head, links []link) (Head, error) {
	for _, k := range links {
		head = head.next(k.commitment)
		k.seq, k.hash = head.Seq, head.Hash[:]
		ok, err := storeLink(tx, k)
		if err != nil {
			return head, err
		}
		if !ok {
			return head, problem.New(problem.Conflict, "audit entry %s was sealed by another process meanwhile", k.id)
		}
	}
	return head, nil
}

// Head returns the end of the chain.
func (l *Log) Head(ctx context.Context) (h Head, err error) {
	err = l.db.Read(ctx, func(tx *sqldb.Tx) error {
		h, err = loadHead(tx)
		return err
	})
	return h, err
}
