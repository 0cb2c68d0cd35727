// What each identity may do, and no more, each on the smallest thing there is. Roles cost nothing.

param hostStorage string
param dataStorage string
param vaultName string
param insightsName string
param workspaceName string
param functionApp string
param planName string
param appPrincipalId string

@description('Empty: no pipeline signs in.')
param deployPrincipalId string

@description('Empty: no pipeline signs in.')
param trainPrincipalId string

@description('Who reviews feedback, publishes by hand and rotates keys; empty: nobody.')
param operatorId string

@allowed(['User', 'Group'])
param operatorType string

var definitions = 'Microsoft.Authorization/roleDefinitions'

var roles = {
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
  blobReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1' // Storage Blob Data Reader
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
  secretsUser: '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User
  secretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7' // Key Vault Secrets Officer
  metricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher
  logReader: '3b03c2da-16b3-4a49-8834-0f8130efdd3b' // Log Analytics Data Reader
  websiteContributor: 'de139f84-1756-47ae-9be6-808fbbe84772' // Website Contributor
  reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7' // Reader
}

resource host 'Microsoft.Storage/storageAccounts@2024-01-01' existing = { name: hostStorage }

resource data 'Microsoft.Storage/storageAccounts@2024-01-01' existing = { name: dataStorage }

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' existing = {
  name: 'default'
  parent: data
}

resource models 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  name: 'models'
  parent: blobs
}

resource training 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  name: 'training'
  parent: blobs
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices@2024-01-01' existing = {
  name: 'default'
  parent: data
}

resource feedback 'Microsoft.Storage/storageAccounts/tableServices/tables@2024-01-01' existing = {
  name: 'feedback'
  parent: tables
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = { name: vaultName }

resource insights 'Microsoft.Insights/components@2020-02-02' existing = { name: insightsName }

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource app 'Microsoft.Web/sites@2024-04-01' existing = { name: functionApp }

resource plan 'Microsoft.Web/serverfarms@2024-04-01' existing = { name: planName }

// The app. The host keeps its locks and keys in its account, makes containers there, and writes the
// deployed package: Microsoft names this role for it. Nothing else is kept in that account.
resource appOnHost 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(host.id, appPrincipalId, roles.blobOwner)
  scope: host
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(definitions, roles.blobOwner)
  }
}

resource appOnModels 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(models.id, appPrincipalId, roles.blobReader)
  scope: models
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(definitions, roles.blobReader)
  }
}

resource appOnFeedback 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(feedback.id, appPrincipalId, roles.tableContributor)
  scope: feedback
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(definitions, roles.tableContributor)
  }
}

// The vault holds nothing but the receipt keys.
resource appOnVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, appPrincipalId, roles.secretsUser)
  scope: vault
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(definitions, roles.secretsUser)
  }
}

// Without it telemetry, and so every alert, fails without a word.
resource appOnInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, appPrincipalId, roles.metricsPublisher)
  scope: insights
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(definitions, roles.metricsPublisher)
  }
}

// The deploying pipeline: this app, and to see what plan it is on.
resource deployOnApp 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployPrincipalId)) {
  name: guid(app.id, 'deploy', roles.websiteContributor)
  scope: app
  properties: {
    principalId: deployPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(definitions, roles.websiteContributor)
  }
}

resource deployOnPlan 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployPrincipalId)) {
  name: guid(plan.id, 'deploy', roles.reader)
  scope: plan
  properties: {
    principalId: deployPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(definitions, roles.reader)
  }
}

// The training pipeline: publishes bundles, pulls base data and remembers what it trained on, reads
// and purges feedback, and reads events for drift.
resource trainOnModels 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(trainPrincipalId)) {
  name: guid(models.id, 'train', roles.blobContributor)
  scope: models
  properties: {
    principalId: trainPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(definitions, roles.blobContributor)
  }
}

resource trainOnTraining 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(trainPrincipalId)) {
  name: guid(training.id, 'train', roles.blobContributor)
  scope: training
  properties: {
    principalId: trainPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(definitions, roles.blobContributor)
  }
}

resource trainOnFeedback 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(trainPrincipalId)) {
  name: guid(feedback.id, 'train', roles.tableContributor)
  scope: feedback
  properties: {
    principalId: trainPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(definitions, roles.tableContributor)
  }
}

resource trainOnWorkspace 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(trainPrincipalId)) {
  name: guid(workspace.id, 'train', roles.logReader)
  scope: workspace
  properties: {
    principalId: trainPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(definitions, roles.logReader)
  }
}

// The people who operate it: all that the documented commands need.
resource operatorOnModels 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorId)) {
  name: guid(models.id, operatorId, roles.blobContributor)
  scope: models
  properties: {
    principalId: operatorId
    principalType: operatorType
    roleDefinitionId: subscriptionResourceId(definitions, roles.blobContributor)
  }
}

resource operatorOnTraining 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorId)) {
  name: guid(training.id, operatorId, roles.blobContributor)
  scope: training
  properties: {
    principalId: operatorId
    principalType: operatorType
    roleDefinitionId: subscriptionResourceId(definitions, roles.blobContributor)
  }
}

resource operatorOnFeedback 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorId)) {
  name: guid(feedback.id, operatorId, roles.tableContributor)
  scope: feedback
  properties: {
    principalId: operatorId
    principalType: operatorType
    roleDefinitionId: subscriptionResourceId(definitions, roles.tableContributor)
  }
}

resource operatorOnVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorId)) {
  name: guid(vault.id, operatorId, roles.secretsOfficer)
  scope: vault
  properties: {
    principalId: operatorId
    principalType: operatorType
    roleDefinitionId: subscriptionResourceId(definitions, roles.secretsOfficer)
  }
}
