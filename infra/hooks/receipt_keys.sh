#!/bin/sh
# The keys that sign receipts, in the Key Vault.
#   receipt_keys.sh first    makes a key if there is none
#   receipt_keys.sh rotate   signs with a new key from now on; the one before still verifies
#   receipt_keys.sh retire   drops all keys but the first: 7 days after a rotation
# No key is ever printed, put on a command line or written to a file that stays.
set -eu
umask 077

SECRET=receipt-keys

fail() {
    echo "receipt_keys.sh: $*" >&2
    exit 1
}

new_key() { openssl rand -hex 32; }

current() {
    az keyvault secret show --vault-name "$KEY_VAULT" --name "$SECRET" --query value --output tsv
}

exists() {
    [ -n "$(az keyvault secret list --vault-name "$KEY_VAULT" --query "[?name=='$SECRET'].name" --output tsv)" ]
}

# A new role takes some minutes until it holds everywhere.
wait_for_access() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        if az keyvault secret list --vault-name "$KEY_VAULT" --output none 2>/dev/null; then
            return
        fi
        sleep 20
    done
    fail "$KEY_VAULT cannot be read. The role Key Vault Secrets Officer is needed: set AZURE_PRINCIPAL_ID."
}

store() {
    file=$(mktemp)
    trap 'rm -f "$file"' EXIT
    printf '%s' "$1" >"$file"
    az keyvault secret set --vault-name "$KEY_VAULT" --name "$SECRET" --file "$file" --output none
}

# The app reads references anew once a day, or on request.
refresh() {
    az rest --method post --output none \
        --url "https://management.azure.com$FUNCTION_APP_ID/config/configreferences/appsettings/refresh?api-version=2022-03-01"
}

: "${KEY_VAULT:?run it through azd, or set KEY_VAULT}" "${FUNCTION_APP_ID:?run it through azd, or set FUNCTION_APP_ID}"
wait_for_access
case "${1:-}" in
first)
    if ! exists; then
        store "$(new_key)"
        refresh
    fi
    ;;
rotate)
    keys=$(current)
    [ -n "$keys" ] || fail "there is no key yet: receipt_keys.sh first"
    store "$(new_key),${keys%%,*}"
    refresh
    ;;
retire)
    keys=$(current)
    [ -n "$keys" ] || fail "there is no key yet: receipt_keys.sh first"
    store "${keys%%,*}"
    refresh
    ;;
*) fail "first, rotate or retire?" ;;
esac
