package credential

import (
	"context"
	"encoding/base32"
	"strings"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Recovery codes: so many, each of so many random bytes (80 bits: none is guessed).
const (
	RecoveryCodes = 10
	recoveryBytes = 10
)

// recoveryText has no letters that look like digits.
var recoveryText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewRecovery makes new recovery codes for who asks; those from before stop working. They are shown once and not kept. Error: ErrStale.
func (k *Keeper) NewRecovery(ctx context.Context, by Proven) ([]string, error) {
	if err := k.authorise(by, OpRecovery); err != nil {
		return nil, err
	}
	codes, hashes := make([]string, RecoveryCodes), make([][]byte, RecoveryCodes)
	for i := range codes {
		text := recoveryText.EncodeToString(random(recoveryBytes))
		hash, err := k.recoveryHash(by.ID, text)
		if err != nil {
			return nil, err
		}
		codes[i], hashes[i] = strings.ReplaceAll(groups(text), " ", "-"), hash
	}
	now := k.Clock.Now()
	err := k.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(`DELETE FROM recovery_code WHERE account = $1`, by.ID); err != nil {
			return err
		}
		for _, hash := range hashes {
			if _, err := tx.Exec(`INSERT INTO recovery_code (account, hash, made, used) VALUES ($1, $2, $3, 0)`, by.ID, hash, now); err != nil {
				return err
			}
		}
		return by.Audit(tx, now, OpRecovery, by.ID, nil, changed{Codes: RecoveryCodes})
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// recoveryHash is what is kept of a code. A keyed digest will do: 80 random bits are not guessed.
func (k *Keeper) recoveryHash(account, code string) ([]byte, error) {
	code = strings.NewReplacer("-", "", " ", "", "o", "0", "i", "1", "l", "1").Replace(fold(code))
	return k.digest("recovery", account, code)
}

// useRecovery uses a code up; false if there is none such.
func useRecovery(tx *sqldb.Tx, account string, hash []byte, now int64) (bool, error) {
	n, err := tx.Exec(`UPDATE recovery_code SET used = $3 WHERE account = $1 AND hash = $2 AND used = 0`, account, hash, now)
	return n == 1, err
}
