// Holds the keys that sign receipts. Idle, it costs nothing; reads cost US$0.03 for 10,000.
// The secret itself is made by receipt_keys.sh: a template would make a new one at each deployment,
// and its value would stay in the history of deployments.

param location string
param tags object
param token string

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  // checkov:skip=CKV_AZURE_109: Flex Consumption without a virtual network has no fixed addresses; access needs an Entra role
  // checkov:skip=CKV_AZURE_189: a private endpoint would cost more than the app; access needs an Entra role
  name: 'kv-${token}'
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: 'Enabled'
  }
}

output name string = vault.name
output receiptKeysUri string = '${vault.properties.vaultUri}secrets/receipt-keys/'
