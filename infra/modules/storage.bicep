// Two accounts, so that what may write the app's code may not read what users said, and the other
// way round. Idle, each costs what it holds: cents a month.

param location string
param tags object
param token string

var packages = 'packages'

resource host 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  // checkov:skip=CKV_AZURE_206: the host's locks and the deployed package can be made anew
  // checkov:skip=CKV_AZURE_35: Flex Consumption without a virtual network has no fixed addresses; access needs an Entra role
  // checkov:skip=CKV_AZURE_59: a private endpoint would cost more than the app; access needs an Entra role
  // checkov:skip=CKV_AZURE_43: the name is one once its token of 13 letters and digits is put in
  name: 'sthost${token}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: 'Enabled'
    supportsHttpsTrafficOnly: true
    networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow' }
  }
}

resource hostBlobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  name: 'default'
  parent: host
}

resource packageContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  name: packages
  parent: hostBlobs
  properties: { publicAccess: 'None' }
}

resource data 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  // checkov:skip=CKV_AZURE_206: bundles are published from elsewhere; set Standard_ZRS where feedback must outlive a data centre
  // checkov:skip=CKV_AZURE_35: Flex Consumption without a virtual network has no fixed addresses; access needs an Entra role
  // checkov:skip=CKV_AZURE_59: a private endpoint would cost more than the app; access needs an Entra role
  // checkov:skip=CKV_AZURE_43: the name is one once its token of 13 letters and digits is put in
  name: 'stdata${token}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: 'Enabled'
    supportsHttpsTrafficOnly: true
    networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow' }
  }
}

resource dataBlobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  name: 'default'
  parent: data
  properties: {
    // A bundle that was deleted by mistake can be had back for a week.
    deleteRetentionPolicy: { enabled: true, days: 7 }
    containerDeleteRetentionPolicy: { enabled: true, days: 7 }
  }
}

// The registry that the app reads, and what training pulls, which the app never sees.
resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [
  for name in ['models', 'training']: {
    name: name
    parent: dataBlobs
    properties: { publicAccess: 'None' }
  }
]

resource tables 'Microsoft.Storage/storageAccounts/tableServices@2024-01-01' = {
  name: 'default'
  parent: data
}

resource feedback 'Microsoft.Storage/storageAccounts/tableServices/tables@2024-01-01' = {
  name: 'feedback'
  parent: tables
}

output hostName string = host.name
output dataName string = data.name
output packagesUrl string = '${host.properties.primaryEndpoints.blob}${packages}'
